import { FAULT_FIELDS } from '../../faults/check-fault.js';
import type { SandboxFault } from '../../faults/fault.js';

export type FaultKind = SandboxFault['kind'];

/** The fields of a fault besides its kind. */
export type FaultField =
  | 'endpoint'
  | 'mchNo'
  | 'mchOrderNo'
  | 'times'
  | 'delayMs'
  | 'retryAfter'
  | 'status'
  | 'field'
  | 'value'
  | 'format'
  | 'result'
  | 'notify'
  | 'stored';

export const FAULT_GROUPS = ['response', 'refusal', 'server', 'channel', 'notify'] as const;

export type FaultGroup = (typeof FAULT_GROUPS)[number];

/** The group of each kind in the form. */
const GROUP_OF: Readonly<Record<FaultKind, FaultGroup>> = {
  lost: 'response',
  late: 'response',
  'reset-after': 'response',
  truncated: 'response',
  'bad-signature': 'response',
  'no-signature': 'response',
  'no-data': 'response',
  'other-order': 'response',
  'error-after-store': 'response',
  'duplicate-request': 'response',
  'duplicate-response': 'response',
  'reset-before': 'refusal',
  'already-exists': 'refusal',
  'rate-limit': 'refusal',
  'http-500': 'server',
  'html-502': 'server',
  upstream: 'channel',
  'notify-drop': 'notify',
  'notify-delay': 'notify',
  'notify-reorder': 'notify',
  'notify-double': 'notify',
  'notify-tamper': 'notify',
  'notify-bad-signature': 'notify',
  'notify-format': 'notify',
};

const KINDS = Object.keys(GROUP_OF) as FaultKind[];

export function kindsIn(group: FaultGroup): FaultKind[] {
  return KINDS.filter((kind) => GROUP_OF[kind] === group);
}

/** The kinds that have a field. */
export function kindsWith(field: FaultField): FaultKind[] {
  return KINDS.filter((kind) => FAULT_FIELDS[kind].includes(field));
}
