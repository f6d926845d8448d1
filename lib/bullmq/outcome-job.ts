import type { Job } from 'bullmq';
import { PaymentOrder } from '../payments/payment-order.dto.js';
import { idempotencyKey, identityOf, type OutcomeEvent } from '../outcomes/outcome.js';
import { describedOrder } from '../protocol/order-identity.js';
import { currentTrace, type TraceCarrier } from '../telemetry/queue-telemetry.js';
import { Transfer } from '../transfers/transfer.dto.js';

/** The data of a job. */
export interface OutcomeJobData {
  kind: OutcomeEvent['kind'];
  /** The order or transfer as JSON text, which contains no NUL; PostgreSQL's jsonb does not accept NUL. */
  data: string;
  source: OutcomeEvent['source'];
  /** The trace in which it was added to the queue, if any. */
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
  /** Number of attempts. */
  attempts: number;
  /** Time of the last attempt, in ms since 1970. */
  failedAt: number;
  /** The handler's error. */
  reason: string;
}

/**
 * The job's id: the outcome's key with dots, because BullMQ reserves colons. Different keys have different ids: a dot
 * in the key is escaped, as the key escapes its own colons and percent signs.
 */
export function jobIdOf(event: OutcomeEvent): string {
  return idempotencyKey(event).replaceAll('.', '%2e').replaceAll(':', '.');
}

export function toJobData({ kind, data, source }: OutcomeEvent): OutcomeJobData {
  const trace = currentTrace();
  return { kind, data: JSON.stringify(data), source, ...(trace && { trace }) };
}

/** The job's data to keep after its handlers have run: everything except the receiver of a transfer. */
export function withoutReceiver(job: OutcomeJobData): OutcomeJobData {
  const { accountNo: _, accountName: __, bankName: ___, ...kept } = JSON.parse(job.data) as Partial<Transfer>;
  return { ...job, data: JSON.stringify(kept) };
}

/** @throws Error when the job does not belong to this module. */
export function toEvent({ kind, data, source }: OutcomeJobData): OutcomeEvent {
  const fields = JSON.parse(data) as object;
  switch (kind) {
    case 'payment':
      return { kind, data: Object.assign(new PaymentOrder(), fields), source };
    case 'transfer':
      return { kind, data: Object.assign(new Transfer(), fields), source };
    default:
      throw new Error(`The queue contains an event of an unknown kind: ${String(kind satisfies never)}`);
  }
}

/** Describes the event in a log, without payer or receiver data. */
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
 * A handler's error in a form that the queue can store: without NUL and without a name that has a meaning in BullMQ.
 * BullMQ's `UnrecoverableError`, which prevents further attempts, is kept.
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
