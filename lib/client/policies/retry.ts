import { DelegateBackoff, handleWhen, retry, type IRetryBackoffContext, type IRetryContext } from 'cockatiel';
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
  async run<T>(
    action: () => Promise<T>,
    isWorthIt: (error: unknown) => boolean,
    { signal, order }: Repeated,
  ): Promise<T> {
    const { retries, maxRetryDelayMs } = this.options;
    let delayMs = 0;
    const backoff = new DelegateBackoff((context: IRetryBackoffContext<unknown>) => {
      delayMs = delayBefore(context, maxRetryDelayMs);
      return 0;
    });
    const policy = retry(
      // If the wait is longer than the options allow, the caller gets the error with the time to wait.
      handleWhen((error) => isWorthIt(error) && (askedWait(error) ?? 0) <= maxRetryDelayMs),
      { maxAttempts: retries, backoff },
    );
    const repetition = async ({ attempt }: IRetryContext) => {
      // The delay is here because the policy's own delay would outlast the signal and then start another attempt.
      if (attempt > 0) await timers.setTimeout(delayMs, undefined, { signal });
      return action();
    };
    return withSignal(policy.execute(repetition, signal), signal, order);
  }

  /** Retries calls to read-only endpoints, such as queries; other calls are not retried. */
  readonly policy: Policy = (next) => async (call) =>
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

/** The delay that a 429 asks for; otherwise a growing one, half of it random, so that a fleet does not retry in step. */
function delayBefore({ attempt, result }: IRetryBackoffContext<unknown>, maxDelayMs: number): number {
  const asked = 'error' in result ? askedWait(result.error) : undefined;
  const growing = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), maxDelayMs);
  return asked ?? growing * (0.5 + Math.random() / 2);
}
