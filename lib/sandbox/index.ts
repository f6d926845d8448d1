export { Pass2PaySandbox } from './pass2pay-sandbox.js';
export {
  DEFAULT_MERCHANT,
  type HutoolVersion,
  type NotifyGeneration,
  type SandboxMerchant,
  type SandboxOptions,
} from './options.js';
export type { ClockMode } from './clock/sandbox-clock.js';
export type { PayEndpoint, SandboxEndpoint } from './api/endpoints.js';
export type { ReceivedParams, SandboxOrder, SandboxTransfer } from './orders/sandbox-order.js';
export {
  type OrderStateNumber,
  SandboxStateError,
  type StateChange,
  type TransferStateNumber,
} from './orders/order-state.js';
export { SandboxDataFileError } from './data/data-file.error.js';
export { UnknownOrderError } from './orders/order-ledger.js';
export type { NotifyJudgement, NotifyVerdict } from './notify/judge-response.js';
export type { NotifyAttempt, NotifyResult } from './notify/notify-attempt.js';
export type { RecordedRequest } from './api/recorded-request.js';
export type { ResponseFault, ApiFault, NotifyFault, RefusalFault, SandboxFault, ServerFault } from './faults/fault.js';
export type { ActiveFault, FaultHandle } from './faults/faults.js';
export type { SandboxSignatureCause, SignatureCheck } from './api/signature-check.js';
export type { JournalFilter, JournalView } from './journal/journal.js';
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
} from './journal/journal-entry.js';
