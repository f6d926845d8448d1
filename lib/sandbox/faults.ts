import type { SandboxEndpoint } from './api/endpoints.js';
import { LONGEST_TIMER_MS } from './timers.js';

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

/** An injected fault. */
export interface FaultHandle {
  readonly fault: Readonly<SandboxFault>;
  /** How many more times it will strike; 0 when it is used up or removed. */
  readonly remaining: number;
  remove(): void;
}

interface Waiting<F> {
  readonly fault: Readonly<F>;
  remaining: number;
}

const KINDS: Readonly<Record<SandboxFault['kind'], true>> = {
  'reset-before': true,
  'reset-after': true,
  lost: true,
  late: true,
  'http-500': true,
  'html-502': true,
  truncated: true,
  'bad-signature': true,
  'no-signature': true,
  'no-data': true,
  'already-exists': true,
  'rate-limit': true,
  'other-order': true,
  'error-after-store': true,
  'notify-drop': true,
  'notify-tamper': true,
  'notify-double': true,
};

const ENDPOINT_NAMES: Readonly<Record<SandboxEndpoint, true>> = {
  cashierOrder: true,
  unifiedOrder: true,
  cryptoOrder: true,
  query: true,
  transferOrder: true,
  transferQuery: true,
};

/** The injected faults in the order of injection; each request or attempt uses up the first that matches. */
export class Faults {
  private readonly ofApi: Waiting<ApiFault>[] = [];
  private readonly ofNotify: Waiting<NotifyFault>[] = [];

  /** @throws TypeError that says what is wrong with the fault. */
  inject(fault: SandboxFault): FaultHandle {
    checkFault(fault);
    return isNotifyFault(fault) ? enqueue(this.ofNotify, fault) : enqueue(this.ofApi, fault);
  }

  takeForRequest(endpoint: SandboxEndpoint, mchOrderNo: string | undefined): ApiFault | undefined {
    return take(
      this.ofApi,
      (fault) =>
        (fault.endpoint === undefined || fault.endpoint === endpoint) &&
        (fault.mchOrderNo === undefined || fault.mchOrderNo === mchOrderNo),
    );
  }

  takeForNotify(mchOrderNo: string): NotifyFault | undefined {
    return take(this.ofNotify, (fault) => fault.mchOrderNo === undefined || fault.mchOrderNo === mchOrderNo);
  }

  clear(): void {
    this.ofApi.splice(0);
    this.ofNotify.splice(0);
  }
}

function enqueue<F extends SandboxFault>(queue: Waiting<F>[], fault: F): FaultHandle {
  const waiting: Waiting<F> = { fault: Object.freeze<F>({ ...fault }), remaining: fault.times ?? 1 };
  queue.push(waiting);
  return {
    fault: waiting.fault,
    get remaining() {
      return queue.includes(waiting) ? waiting.remaining : 0;
    },
    remove: () => discard(queue, waiting),
  };
}

function take<F>(queue: Waiting<F>[], matches: (fault: Readonly<F>) => boolean): F | undefined {
  const found = queue.find((waiting) => matches(waiting.fault));
  if (!found) return undefined;
  found.remaining -= 1;
  if (found.remaining <= 0) discard(queue, found);
  return found.fault;
}

function discard<F>(queue: Waiting<F>[], waiting: Waiting<F>): void {
  const index = queue.indexOf(waiting);
  if (index !== -1) queue.splice(index, 1);
}

function isNotifyFault(fault: SandboxFault): fault is NotifyFault {
  return fault.kind.startsWith('notify-');
}

/** Faults also come over HTTP, so the types alone do not hold. */
function checkFault(fault: SandboxFault): void {
  const given: Readonly<Record<string, unknown>> = { ...fault };
  if (typeof given['kind'] !== 'string' || !Object.hasOwn(KINDS, given['kind'])) {
    throw new TypeError(`The fault's kind must be one of ${Object.keys(KINDS).join(', ')}`);
  }
  if (given['endpoint'] !== undefined && !isEndpointName(given['endpoint'])) {
    throw new TypeError(`The fault's endpoint must be one of ${Object.keys(ENDPOINT_NAMES).join(', ')}`);
  }
  if (given['times'] !== undefined && given['times'] !== Infinity && !isWhole(given['times'], 1)) {
    throw new TypeError("The fault's times must be an integer of at least 1");
  }
  if (given['kind'] === 'late' && !isWhole(given['delayMs'], 0)) {
    throw new TypeError(`The fault late needs delayMs, whole milliseconds up to ${LONGEST_TIMER_MS}`);
  }
  for (const name of ['mchOrderNo', 'retryAfter']) {
    if (given[name] !== undefined && typeof given[name] !== 'string')
      throw new TypeError(`The fault's ${name} must be a string`);
  }
  if (typeof given['retryAfter'] === 'string' && !/^[\x20-\x7e]*$/.test(given['retryAfter'])) {
    throw new TypeError("The fault's retryAfter must be fit for a header: printable ASCII");
  }
  if (given['stored'] !== undefined && typeof given['stored'] !== 'boolean') {
    throw new TypeError("The fault's stored must be true or false");
  }
}

function isEndpointName(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(ENDPOINT_NAMES, value);
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= LONGEST_TIMER_MS;
}
