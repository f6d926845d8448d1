import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
} from '../errors/pass2pay.errors.js';
import { ObservedCreation } from '../telemetry/gateway-telemetry.js';
import { explain, ORDER_NOT_FOUND } from '../protocol/gateway-messages.js';
import type { Retries } from './policies/retry.js';
import type { CreateStart } from './order-store.js';
import { abortedError } from './transport-error.js';

/** An order or transfer to create, and how to find it. */
export interface Creation<Created, Existing> {
  mchOrderNo: string;
  signal: AbortSignal | undefined;
  /** What is already known about the number. */
  known: CreateStart['known'];
  /** Sends the create once. */
  send: (signal: AbortSignal | undefined) => Promise<Created>;
  /**
   * Queries it by mchOrderNo; throws the gateway's refusal if it does not exist, and Pass2PayOrderConflictError if the
   * number belongs to another order in a different spelling.
   */
  find: (signal: AbortSignal | undefined) => Promise<Existing>;
  /** How the existing order differs from the requested one. */
  differences: (existing: Existing) => string[];
  /** What `send` would have returned, built from the existing order; throws if that is not possible. */
  recover: (existing: Existing) => Created;
}

/**
 * Creates an order or transfer with a known outcome, or reports the outcome as unknown. The gateway refuses a repeated
 * mchOrderNo, and a lost response says nothing. So an order that may exist is queried, and the create is resent only if
 * the gateway reports that it does not exist. Source: protocol §2.
 */
export class IdempotentCreate {
  constructor(private readonly retries: Retries) {}

  /**
   * @throws Pass2PayOrderConflictError when the number belongs to another order.
   * @throws Pass2PayOutcomeUnknownError when it may or may not exist, also if it is known to exist and the query does
   * not find it.
   * @throws Pass2PayError any other error: this call did not create it.
   */
  async create<Created, Existing>(creation: Creation<Created, Existing>): Promise<Created> {
    return ObservedCreation.run(creation.mchOrderNo, (observed) => this.make(creation, observed));
  }

  private async make<Created, Existing>(
    creation: Creation<Created, Existing>,
    observed: ObservedCreation,
  ): Promise<Created> {
    const { mchOrderNo, signal, known } = creation;
    if (known !== 'nothing') {
      const existing = await this.lookFor(creation);
      if (existing !== undefined) {
        observed.recovered();
        return existing.created;
      }
      if (known === 'created') throw new Pass2PayOutcomeUnknownError({ mchOrderNo });
    }
    let mayExist = known === 'unknown';
    let isSending = false;
    const attempt = async () => {
      isSending = true;
      observed.sending();
      try {
        return await creation.send(signal);
      } catch (error) {
        const isRefused = error instanceof Pass2PayApiError;
        const stored = storedBy(error);
        if (stored === 'no' && !mayExist) {
          isSending = false;
          throw error;
        }
        const existing = await this.lookFor(creation, error);
        if (existing !== undefined) {
          observed.recovered();
          return existing.created;
        }
        // The gateway responded and did not store the order, so the caller gets its refusal.
        if (isRefused && stored === 'unknown' && !mayExist) throw error;
        mayExist = true;
        throw new NotFoundYet(error);
      }
    };
    try {
      return await this.retries.run(attempt, isWorthSendingAgain, { signal, order: { mchOrderNo } });
    } catch (error) {
      if (error instanceof NotFoundYet) throw new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: error.cause });
      if (signal?.aborted && isAborted(error)) {
        throw isSending || mayExist
          ? new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: error })
          : abortedError(signal, false, { mchOrderNo });
      }
      throw error;
    }
  }

  /** The existing order; undefined if the gateway reports that it does not exist. */
  private async lookFor<Created, Existing>(
    creation: Creation<Created, Existing>,
    because?: unknown,
  ): Promise<{ created: Created } | undefined> {
    const { mchOrderNo, signal } = creation;
    let existing: Existing;
    try {
      existing = await creation.find(signal);
    } catch (error) {
      if (error instanceof Pass2PayApiError && ORDER_NOT_FOUND.test(error.gatewayMessage)) return undefined;
      if (error instanceof Pass2PayOrderConflictError) {
        throw new Pass2PayOrderConflictError(error.differences, { mchOrderNo, cause: because });
      }
      throw new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: because ?? error });
    }
    const differences = creation.differences(existing);
    if (differences.length > 0) throw new Pass2PayOrderConflictError(differences, { mchOrderNo, cause: because });
    try {
      return { created: creation.recover(existing) };
    } catch (error) {
      throw new Pass2PayOutcomeUnknownError({ mchOrderNo, cause: error });
    }
  }
}

/** The response of a create was lost, and the gateway reports that the order does not exist. */
class NotFoundYet extends Error {
  constructor(cause: unknown) {
    super('not found yet', { cause });
  }
}

/** Whether a create that failed with this error can have been stored. */
function storedBy(error: unknown): 'no' | 'yes' | 'unknown' {
  if (error instanceof Pass2PayApiError) return explain(error.gatewayMessage).stored;
  if (error instanceof Pass2PayConnectionError) return error.mayHaveActed ? 'unknown' : 'no';
  return error instanceof Pass2PayTimeoutError || error instanceof Pass2PaySignatureError ? 'unknown' : 'no';
}

function isWorthSendingAgain(error: unknown): boolean {
  if (error instanceof NotFoundYet || error instanceof Pass2PayRateLimitError) return true;
  return error instanceof Pass2PayConnectionError && error.code === 'PASS2PAY_CONNECTION' && !error.requestSent;
}

/** Whether the caller's signal aborted the call when a request may already have been sent. */
function isAborted(error: unknown): boolean {
  return error instanceof Pass2PayConnectionError && error.code === 'PASS2PAY_ABORTED' && error.requestSent;
}
