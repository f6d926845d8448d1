import type { SandboxEndpoint } from '../api/endpoints.js';
import { LONGEST_TIMER_MS } from '../timers.js';
import type { SandboxFault } from './fault.js';

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

/**
 * Faults also come over HTTP, so the types alone do not hold.
 *
 * @throws TypeError that says what is wrong.
 */
export function checkedFault(fault: unknown): SandboxFault {
  if (typeof fault !== 'object' || fault === null) throw new TypeError('A fault must be an object: {"kind": …}');
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
  return fault as SandboxFault;
}

function isEndpointName(value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(ENDPOINT_NAMES, value);
}

function isWhole(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= LONGEST_TIMER_MS;
}
