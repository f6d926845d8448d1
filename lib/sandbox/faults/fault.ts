import type { SandboxEndpoint } from '../api/endpoints.js';

interface FaultScope {
  /** Only requests to this endpoint; any by default. */
  endpoint?: SandboxEndpoint;
  /** Only requests that name this order (queries by gateway id too). */
  mchOrderNo?: string;
  /** How many requests it strikes; 1 by default. */
  times?: number;
}

interface NotifyFaultScope {
  mchOrderNo?: string;
  /** How many notify attempts it strikes; 1 by default. */
  times?: number;
}

/** The request is carried out; then the answer is lost or spoilt. */
export type AnswerFault =
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
  | (FaultScope & { kind: 'error-after-store' });

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
  /** Spring's JSON for an internal error. */
  | (FaultScope & { kind: 'http-500'; stored?: boolean })
  /** A proxy's HTML page. */
  | (FaultScope & { kind: 'html-502'; stored?: boolean });

export type NotifyFault =
  /** The attempt is never sent, and counts as failed. */
  | (NotifyFaultScope & { kind: 'notify-drop' })
  /** The attempt is sent with one digit of the amount changed. */
  | (NotifyFaultScope & { kind: 'notify-tamper' })
  /** The attempt is sent twice at the same time. */
  | (NotifyFaultScope & { kind: 'notify-double' });

export type ApiFault = AnswerFault | RefusalFault | ServerFault;
export type SandboxFault = ApiFault | NotifyFault;

export function isNotifyFault(fault: SandboxFault): fault is NotifyFault {
  return fault.kind.startsWith('notify-');
}
