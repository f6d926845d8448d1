import timers from 'node:timers/promises';
import {
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  type Pass2PayErrorDetails,
} from '../../errors/pass2pay.errors.js';
import type { Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { withSignal } from '../with-signal.js';

/** The delay before the first retry, in ms; each further delay is twice as long. */
const FIRST_DELAY_MS = 250;

/** What is retried, and until when. */
interface Repeated {
  signal: AbortSignal | undefined;
  order: Pass2PayErrorDetails;
}

/** Retries temporary failures, as often as the options allow, with growing delays. */
export class Retries {
  constructor(private readonly options: Pick<ResolvedClientOptions, 'retries' | 'maxRetryDelayMs'>) {}

  /** Retries an action while it throws errors that `isWorthIt` accepts. */
  run<T>(action: () => Promise<T>, isWorthIt: (error: unknown) => boolean, { signal, order }: Repeated): Promise<T> {
    return withSignal(this.repeat(action, isWorthIt, signal), signal, order);
  }

  private async repeat<T>(
    action: () => Promise<T>,
    isWorthIt: (error: unknown) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { retries, maxRetryDelayMs } = this.options;
    for (let failures = 1; ; failures += 1) {
      try {
        return await action();
      } catch (error) {
        const askedMs = askedWait(error);
        // If the wait is longer than the options allow, the caller gets the error with the time to wait.
        const isTooLong = askedMs !== undefined && askedMs > maxRetryDelayMs;
        if (failures > retries || isTooLong || signal?.aborted || !isWorthIt(error)) throw error;
        await timers.setTimeout(askedMs ?? growingDelay(failures, maxRetryDelayMs), undefined, { signal });
      }
    }
  }

  /** Retries calls to read-only endpoints, such as queries; other calls are not retried. */
  readonly policy: Policy = (next) => (call) =>
    call.endpoint.repeatable ? this.run(() => next(call), isPassing, call) : next(call);
}

/** The gateway's messages for internal failures. Source: protocol §2. */
const GATEWAY_FAULT = /^(系统异常|数据库服务异常)/;

/** Whether a query may succeed when retried. */
function isPassing(error: unknown): boolean {
  if (error instanceof Pass2PayApiError) return GATEWAY_FAULT.test(error.gatewayMessage);
  if (error instanceof Pass2PaySignatureError) return true;
  return error instanceof Pass2PayError && error.retryable && !(error instanceof Pass2PayCircuitOpenError);
}

function askedWait(error: unknown): number | undefined {
  if (error instanceof Pass2PayRateLimitError) return error.retryAfterMs;
  return error instanceof Error && error.cause !== undefined ? askedWait(error.cause) : undefined;
}

/** Grows with the number of failures; half of it is random, so that a fleet does not retry in step. */
function growingDelay(failures: number, maxDelayMs: number): number {
  const growing = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), maxDelayMs);
  return growing * (0.5 + Math.random() / 2);
}
