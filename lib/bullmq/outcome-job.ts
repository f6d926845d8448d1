import type { Job } from 'bullmq';
import { PaymentOrder } from '../payments/payment-order.dto.js';
import { idempotencyKey, identityOf, type OutcomeEvent } from '../outcomes/outcome.js';
import { describedOrder } from '../protocol/order-identity.js';
import { currentTrace, type TraceCarrier } from '../telemetry/queue-telemetry.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** What a job carries. */
export interface OutcomeJobData {
  kind: OutcomeEvent['kind'];
  /** The order or transfer as JSON text: PostgreSQL's jsonb takes no NUL, and this text has none. */
  data: string;
  source: OutcomeEvent['source'];
  /** The trace in which it was put into the queue, where there is one. */
  trace?: TraceCarrier;
}

/** An event whose attempts are exhausted. */
export interface FailedOutcome {
  /** For `retry`. */
  jobId: string;
  kind: OutcomeEvent['kind'];
  mchNo: string;
  appId: string;
  mchOrderNo: string;
  state: number;
  idempotencyKey: string;
  /** How often it was tried. */
  attempts: number;
  /** When it was tried last, in ms since 1970. */
  failedAt: number;
  /** What the handler threw. */
  reason: string;
}

/**
 * The job's id: the outcome's key, with points, because BullMQ keeps colons for itself. Different keys have different
 * ids: a point in the key is escaped, as the key escapes its own colons and percent signs.
 */
export function jobIdOf(event: OutcomeEvent): string {
  return idempotencyKey(event).replaceAll('.', '%2e').replaceAll(':', '.');
}

export function toJobData({ kind, data, source }: OutcomeEvent): OutcomeJobData {
  const trace = currentTrace();
  return { kind, data: JSON.stringify(data), source, ...(trace && { trace }) };
}

/** What of the job may be kept when its handlers have run: all but the receiver of a transfer. */
export function withoutReceiver(job: OutcomeJobData): OutcomeJobData {
  const { accountNo: _, accountName: __, bankName: ___, ...kept } = JSON.parse(job.data) as Partial<Transfer>;
  return { ...job, data: JSON.stringify(kept) };
}

/** @throws Error when the job is not of this module. */
export function toEvent({ kind, data, source }: OutcomeJobData): OutcomeEvent {
  const fields = JSON.parse(data) as object;
  switch (kind) {
    case 'payment':
      return { kind, data: Object.assign(new PaymentOrder(), fields), source };
    case 'transfer':
      return { kind, data: Object.assign(new Transfer(), fields), source };
    default:
      throw new Error(`The queue holds an event of a kind that is not known: ${String(kind satisfies never)}`);
  }
}

/** Names the event in a log, without a payer's or receiver's data. */
export function described(event: OutcomeEvent): string {
  return `${describedOrder(identityOf(event))}, state ${event.data.state}`;
}

export function toFailedOutcome(job: Job<OutcomeJobData>): FailedOutcome {
  const event = toEvent(job.data);
  return {
    jobId: job.id!,
    ...identityOf(event),
    state: event.data.state,
    idempotencyKey: idempotencyKey(event),
    attempts: job.attemptsMade,
    failedAt: job.finishedOn ?? 0,
    reason: job.failedReason ?? '',
  };
}

/**
 * What a handler threw, as the queue can keep it: an Error without NUL and without a name that BullMQ takes for a
 * command. Its own way to say that no further attempt helps, `UnrecoverableError`, stays.
 */
export function asFailure(thrown: unknown): Error {
  const { name, message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  const failure = new Error(withoutNul(message) || name);
  failure.stack = withoutNul(stack ?? '');
  if (name === 'UnrecoverableError') failure.name = name;
  return failure;
}

function withoutNul(text: string): string {
  return text.replaceAll('\0', '').replaceAll('bullmq:', 'bullmq ');
}
