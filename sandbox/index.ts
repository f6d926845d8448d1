export { Pass2PaySandbox } from './gateway/pass2pay-sandbox.js';
export {
  DEFAULT_MERCHANT,
  type HutoolVersion,
  type NotifyFormat,
  type NotifySchedule,
  type SandboxMerchant,
  type SandboxOptions,
} from './gateway/options.js';
export type { ClockMode } from './gateway/clock/sandbox-clock.js';
export type { DialectName, EntryKind, PayEndpoint, SandboxEndpoint } from './gateway/dialects/dialect.js';
export type { ReceivedParams, SandboxOrder, SandboxRefund, SandboxTransfer } from './gateway/orders/sandbox-order.js';
export {
  type OrderStateNumber,
  type RefundStateNumber,
  SandboxStateError,
  type StateChange,
  type TransferStateNumber,
} from './gateway/orders/order-state.js';
export { SandboxDataFileError } from './gateway/data/data-file.error.js';
export type { UpstreamResult } from './gateway/orders/upstream.js';
export { UnknownOrderError } from './gateway/orders/ledger.js';
export type { NotifyJudgement, NotifyVerdict } from './gateway/notify/judge-response.js';
export type { NotifyAttempt, NotifyResult } from './gateway/notify/notify-attempt.js';
export type { RecordedRequest } from './gateway/api/recorded-request.js';
export type {
  ResponseFault,
  ApiFault,
  NotifyFault,
  RefusalFault,
  SandboxFault,
  ServerFault,
  UpstreamFault,
} from './gateway/faults/fault.js';
export type { ActiveFault, FaultHandle } from './gateway/faults/faults.js';
export type { SandboxSignatureCause, SignatureCheck } from './gateway/api/signature-check.js';
export type { JournalFilter, JournalView } from './gateway/journal/journal.js';
export type {
  CreatedEvent,
  FaultEvent,
  JournalEntry,
  JournalEvent,
  JournalSubject,
  NotifyAttemptEvent,
  NotifyScheduledEvent,
  RequestEvent,
  StateCause,
  StateEvent,
} from './gateway/journal/journal-entry.js';
