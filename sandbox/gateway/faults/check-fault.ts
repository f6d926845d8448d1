import { LONGEST_TIMER_MS } from '../clock/sandbox-clock.js';
import { DIALECTS } from '../dialects/dialects.js';
import { NOTIFY_FORMATS } from '../options.js';
import { UPSTREAM_RESULTS } from '../orders/upstream.js';
import type { SandboxFault } from './fault.js';

const ENDPOINT_NAMES = [...new Set(Object.values(DIALECTS).flatMap(({ endpoints }) => Object.keys(endpoints)))];

const OF_REQUESTS = ['endpoint', 'mchNo', 'mchOrderNo', 'times'];
const OF_NOTIFIES = ['mchNo', 'mchOrderNo', 'times'];

/** The kinds of faults, and the fields of each besides `kind`. */
export const FAULT_FIELDS: Readonly<Record<SandboxFault['kind'], readonly string[]>> = {
  upstream: [...OF_REQUESTS, 'result', 'notify'],
  'reset-before': OF_REQUESTS,
  'reset-after': OF_REQUESTS,
  lost: OF_REQUESTS,
  late: [...OF_REQUESTS, 'delayMs'],
  'http-500': [...OF_REQUESTS, 'status', 'stored'],
  'html-502': [...OF_REQUESTS, 'status', 'stored'],
  truncated: OF_REQUESTS,
  'bad-signature': OF_REQUESTS,
  'no-signature': OF_REQUESTS,
  'no-data': OF_REQUESTS,
  'already-exists': OF_REQUESTS,
  'rate-limit': [...OF_REQUESTS, 'retryAfter'],
  'other-order': OF_REQUESTS,
  'error-after-store': OF_REQUESTS,
  'duplicate-request': OF_REQUESTS,
  'duplicate-response': OF_REQUESTS,
  'notify-drop': OF_NOTIFIES,
  'notify-delay': [...OF_NOTIFIES, 'delayMs'],
  'notify-reorder': [...OF_NOTIFIES, 'delayMs'],
  'notify-double': OF_NOTIFIES,
  'notify-tamper': [...OF_NOTIFIES, 'field', 'value'],
  'notify-bad-signature': OF_NOTIFIES,
  'notify-format': [...OF_NOTIFIES, 'format'],
};

/** Fields that a kind requires. */
const NEEDED: Readonly<Partial<Record<SandboxFault['kind'], string>>> = {
  late: 'delayMs',
  'notify-delay': 'delayMs',
  'notify-format': 'format',
  upstream: 'result',
};

/** The check of a field, and the text for its error message. */
const FIELD_RULES: Readonly<
  Record<string, readonly [holds: (value: unknown, kind: string) => boolean, words: string]>
> = {
  endpoint: [isOneOf(ENDPOINT_NAMES), `one of ${ENDPOINT_NAMES.join(', ')}`],
  mchNo: [isText, 'a string'],
  mchOrderNo: [isText, 'a string'],
  times: [(value) => value === Infinity || isWhole(value, 1), 'an integer of at least 1, or Infinity (in JSON null)'],
  delayMs: [(value) => isWhole(value, 0), `whole milliseconds up to ${LONGEST_TIMER_MS}`],
  status: [isStatus, 'an HTTP status from 500 to 599; for html-502 also 200 or from 400'],
  stored: [(value) => typeof value === 'boolean', 'true or false'],
  retryAfter: [
    (value) => typeof value === 'string' && /^[\x20-\x7e]*$/.test(value),
    'a valid header value: printable ASCII',
  ],
  field: [(value) => typeof value === 'string' && /^\w{1,64}$/.test(value), 'the name of a field'],
  value: [isText, 'a string'],
  format: [isOneOf(NOTIFY_FORMATS), `one of ${NOTIFY_FORMATS.join(', ')}`],
  result: [isOneOf(UPSTREAM_RESULTS), `one of ${UPSTREAM_RESULTS.join(', ')}`],
  notify: [isOneOf(['before', 'after']), 'before or after'],
};

/**
 * The fault, with every field checked: faults also arrive over HTTP, where types guarantee nothing.
 *
 * @throws TypeError that says what is wrong, and which values or fields the kind accepts.
 */
export function checkedFault(fault: unknown): SandboxFault {
  if (typeof fault !== 'object' || fault === null) throw new TypeError('A fault must be an object: {"kind": …}');
  const given: Record<string, unknown> = { ...fault };
  const { kind } = given;
  if (!isKind(kind)) throw new TypeError(`The fault's kind must be one of ${Object.keys(FAULT_FIELDS).join(', ')}`);
  if (given['times'] === null) given['times'] = Infinity;
  for (const [name, value] of Object.entries(given)) {
    if (name !== 'kind' && value !== undefined) checkField(kind, name, value);
  }
  const needed = NEEDED[kind];
  if (needed !== undefined && given[needed] === undefined) {
    throw new TypeError(`The fault ${kind} requires ${needed}: ${FIELD_RULES[needed]?.[1]}`);
  }
  return given as unknown as SandboxFault;
}

function checkField(kind: SandboxFault['kind'], name: string, value: unknown): void {
  const fields = FAULT_FIELDS[kind];
  if (!fields.includes(name))
    throw new TypeError(`The fault ${kind} does not have ${name}; it has ${fields.join(', ')}`);
  const rule = FIELD_RULES[name];
  if (rule && !rule[0](value, kind)) throw new TypeError(`The fault's ${name} must be ${rule[1]}`);
}

function isKind(kind: unknown): kind is SandboxFault['kind'] {
  return typeof kind === 'string' && Object.hasOwn(FAULT_FIELDS, kind);
}

function isOneOf(choices: readonly string[]): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && choices.includes(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isStatus(value: unknown, kind: string): boolean {
  if (kind === 'html-502' && (value === 200 || isWhole(value, 400, 499))) return true;
  return isWhole(value, 500, 599);
}

function isWhole(value: unknown, least: number, most = LONGEST_TIMER_MS): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}
