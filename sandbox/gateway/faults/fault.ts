import type { SandboxEndpoint } from '../dialects/dialect.js';
import type { NotifyFormat } from '../options.js';
import type { UpstreamResult } from '../orders/upstream.js';

interface FaultScope {
  /** Only requests to this endpoint; any by default. */
  endpoint?: SandboxEndpoint;
  /** Only requests of this merchant. */
  mchNo?: string;
  /** Only requests that name this order (queries by gateway id too). */
  mchOrderNo?: string;
  /** How many requests it strikes; 1 by default, Infinity (in JSON null) without end. */
  times?: number;
}

interface NotifyFaultScope {
  /** Only notifies to this merchant. */
  mchNo?: string;
  /** Only notifies about this order or transfer. */
  mchOrderNo?: string;
  /** How many notify attempts it strikes; 1 by default, Infinity (in JSON null) without end. */
  times?: number;
}

/**
 * What the channel behind the gateway makes of a create: `paid` at once (an order whose way of paying scans the payer's
 * code; a transfer; a refund), `declined` or `refused` (the answer is code 0 with state 3), or `broken` (state 3 without
 * a reason, while the channel may have the payment). Any other order is only begun, as always. `notify` tells whether
 * the notify of an order that ends at once comes before the answer or after it (the default).
 */
export type UpstreamFault = FaultScope & { kind: 'upstream'; result: UpstreamResult; notify?: 'before' | 'after' };

/** The request is carried out; then the answer is lost or spoilt. */
export type ResponseFault =
  /** Carried out, then the socket is destroyed. */
  | (FaultScope & { kind: 'reset-after' })
  /** Carried out, never answered. */
  | (FaultScope & { kind: 'lost' })
  /** Carried out at once, answered after `delayMs`. */
  | (FaultScope & { kind: 'late'; delayMs: number })
  /** Carried out; the JSON breaks off in the middle. */
  | (FaultScope & { kind: 'truncated' })
  /** Carried out; the answer's sign is wrong. */
  | (FaultScope & { kind: 'bad-signature' })
  /** Carried out; the answer has data and no sign. */
  | (FaultScope & { kind: 'no-signature' })
  /** Carried out; the answer is code 0 without data. */
  | (FaultScope & { kind: 'no-data' })
  /** Carried out; the answer is rightly signed and about another mchOrderNo. */
  | (FaultScope & { kind: 'other-order' })
  /** Carried out; the answer is 9999 系统异常. */
  | (FaultScope & { kind: 'error-after-store' })
  /** Carried out twice, as when a proxy repeats the request; the second answer comes back: a create is refused. */
  | (FaultScope & { kind: 'duplicate-request' })
  /** Carried out; the answer comes twice on the connection, which then closes. */
  | (FaultScope & { kind: 'duplicate-response' });

/** The request is not carried out. */
export type RefusalFault =
  /** The socket is destroyed. */
  | (FaultScope & { kind: 'reset-before' })
  /** 9999 商户订单[X]已存在. */
  | (FaultScope & { kind: 'already-exists' })
  /** HTTP 429; `retryAfter` is the header's text: seconds or a date. */
  | (FaultScope & { kind: 'rate-limit'; retryAfter?: string });

/** An answer of a server before or behind the gateway; `stored` tells whether the request is carried out (default no). */
export type ServerFault =
  /** Spring's JSON for an internal error; `status` (500 to 599) is 500 by default. */
  | (FaultScope & { kind: 'http-500'; status?: number; stored?: boolean })
  /** A proxy's HTML page; `status` (200 or 400 to 599) is 502 by default. */
  | (FaultScope & { kind: 'html-502'; status?: number; stored?: boolean });

export type NotifyFault =
  /** The attempt is never sent, and counts as failed. */
  | (NotifyFaultScope & { kind: 'notify-drop' })
  /** The attempt is sent `delayMs` later. */
  | (NotifyFaultScope & { kind: 'notify-delay'; delayMs: number })
  /**
   * The attempt is held back until a later notify, of whatever order, has had an attempt: the second overtakes the first.
   * After `delayMs` (60 000 by default) it is sent all the same.
   */
  | (NotifyFaultScope & { kind: 'notify-reorder'; delayMs?: number })
  /** The attempt is sent twice at the same time. */
  | (NotifyFaultScope & { kind: 'notify-double' })
  /** The attempt is sent with `field` set to `value`: by default, the amount with its first digit changed. */
  | (NotifyFaultScope & { kind: 'notify-tamper'; field?: string; value?: string })
  /** The attempt is sent with a wrong sign. */
  | (NotifyFaultScope & { kind: 'notify-bad-signature' })
  /** The attempt is sent in this format. */
  | (NotifyFaultScope & { kind: 'notify-format'; format: NotifyFormat });

export type ApiFault = UpstreamFault | ResponseFault | RefusalFault | ServerFault;
export type SandboxFault = ApiFault | NotifyFault;

export function isNotifyFault(fault: SandboxFault): fault is NotifyFault {
  return fault.kind.startsWith('notify-');
}
