import type { SandboxEndpoint } from '../dialects/dialect.js';
import type { NotifyFormat } from '../options.js';
import type { UpstreamResult } from '../orders/upstream.js';

interface FaultScope {
  /** Only requests to this endpoint; any by default. */
  endpoint?: SandboxEndpoint;
  /** Only requests of this merchant. */
  mchNo?: string;
  /** Only requests for this order (including queries by gateway ID). */
  mchOrderNo?: string;
  /** How many requests it affects; 1 by default, Infinity (in JSON null) for no limit. */
  times?: number;
}

interface NotifyFaultScope {
  /** Only notifies to this merchant. */
  mchNo?: string;
  /** Only notifies about this order or transfer. */
  mchOrderNo?: string;
  /** How many notify attempts it affects; 1 by default, Infinity (in JSON null) for no limit. */
  times?: number;
}

/**
 * The channel's result of a create: `paid` immediately (an order whose payment method scans the payer's code; a
 * transfer; a refund), `declined` or `refused` (the response is code 0 with state 3), or `broken` (state 3 without a
 * reason, while the channel may have the payment). Any other order is only created, as usual. `notify` sets whether the
 * notify of an order that ends immediately is sent before or after the response (the default).
 */
export type UpstreamFault = FaultScope & { kind: 'upstream'; result: UpstreamResult; notify?: 'before' | 'after' };

/** The request is executed; then the response is lost or corrupted. */
export type ResponseFault =
  /** Executed, then the socket is destroyed. */
  | (FaultScope & { kind: 'reset-after' })
  /** Executed, without a response. */
  | (FaultScope & { kind: 'lost' })
  /** Executed immediately; the response is sent after `delayMs`. */
  | (FaultScope & { kind: 'late'; delayMs: number })
  /** Executed; the JSON is truncated. */
  | (FaultScope & { kind: 'truncated' })
  /** Executed; the response has a wrong sign. */
  | (FaultScope & { kind: 'bad-signature' })
  /** Executed; the response has data and no sign. */
  | (FaultScope & { kind: 'no-signature' })
  /** Executed; the response is code 0 without data. */
  | (FaultScope & { kind: 'no-data' })
  /** Executed; the response has a valid sign and another mchOrderNo. */
  | (FaultScope & { kind: 'other-order' })
  /** Executed; the response is 9999 系统异常. */
  | (FaultScope & { kind: 'error-after-store' })
  /** Executed twice, as when a proxy repeats the request; the second response is returned: a create is refused. */
  | (FaultScope & { kind: 'duplicate-request' })
  /** Executed; the response is sent twice on the connection, which then closes. */
  | (FaultScope & { kind: 'duplicate-response' });

/** The request is not executed. */
export type RefusalFault =
  /** The socket is destroyed. */
  | (FaultScope & { kind: 'reset-before' })
  /** 9999 商户订单[X]已存在. */
  | (FaultScope & { kind: 'already-exists' })
  /** HTTP 429; `retryAfter` is the value of the header: seconds or a date. */
  | (FaultScope & { kind: 'rate-limit'; retryAfter?: string });

/**
 * A response from a server in front of or behind the gateway; `stored` sets whether the request is executed (by default
 * it is not).
 */
export type ServerFault =
  /** Spring's JSON for an internal error; `status` (500 to 599) is 500 by default. */
  | (FaultScope & { kind: 'http-500'; status?: number; stored?: boolean })
  /** A proxy's HTML page; `status` (200 or 400 to 599) is 502 by default. */
  | (FaultScope & { kind: 'html-502'; status?: number; stored?: boolean });

export type NotifyFault =
  /** The attempt is not sent, and counts as failed. */
  | (NotifyFaultScope & { kind: 'notify-drop' })
  /** The attempt is sent `delayMs` later. */
  | (NotifyFaultScope & { kind: 'notify-delay'; delayMs: number })
  /**
   * The attempt is held back until an attempt of another notify, of any order, has been made: the later one overtakes
   * it. It is sent after `delayMs` (60 000 by default) in any case.
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
