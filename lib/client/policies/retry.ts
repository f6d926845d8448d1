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

/** The first wait before a repetition, in ms; each further one is twice as long. */
const FIRST_DELAY_MS = 250;

/** Whose action is repeated, and until when. */
interface Repeated {
  signal: AbortSignal | undefined;
  order: Pass2PayErrorDetails;
}

/** Repeats what failed in a way that passes, as often as the options allow, with growing waits. */
export class Retries {
  constructor(private readonly options: Pick<ResolvedClientOptions, 'retries' | 'maxRetryDelayMs'>) {}

  /** Repeats an action while it throws what `isWorthIt` accepts. */
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
      // A wait longer than the options allow is left to the caller, who is told how long it is.
      handleWhen((error) => isWorthIt(error) && (askedWait(error) ?? 0) <= maxRetryDelayMs),
      { maxAttempts: retries, backoff },
    );
    const repetition = async ({ attempt }: IRetryContext) => {
      // Waited for here, because the policy's own delay would outlast the signal and then begin once more.
      if (attempt > 0) await timers.setTimeout(delayMs, undefined, { signal });
      return action();
    };
    return withSignal(policy.execute(repetition, signal), signal, order);
  }

  /** Repeats calls of endpoints that may be repeated, as queries may; no other call is. */
  readonly policy: Policy = (next) => async (call) =>
    call.endpoint.repeatable ? this.run(() => next(call), isPassing, call) : next(call);
}

/** The gateway's words for a failure within. Source: protocol §2. */
const GATEWAY_FAULT = /^(系统异常|数据库服务异常)/;

/** Whether a query may succeed when it is repeated. */
function isPassing(error: unknown): boolean {
  if (error instanceof Pass2PayApiError) return GATEWAY_FAULT.test(error.gatewayMessage);
  if (error instanceof Pass2PaySignatureError) return true;
  return error instanceof Pass2PayError && error.retryable && !(error instanceof Pass2PayCircuitOpenError);
}

function askedWait(error: unknown): number | undefined {
  if (error instanceof Pass2PayRateLimitError) return error.retryAfterMs;
  return error instanceof Error && error.cause !== undefined ? askedWait(error.cause) : undefined;
}

/** The wait that a 429 asks for; otherwise a growing one, half of it by chance, so that a fleet does not return as one. */
function delayBefore({ attempt, result }: IRetryBackoffContext<unknown>, maxDelayMs: number): number {
  const asked = 'error' in result ? askedWait(result.error) : undefined;
  const growing = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), maxDelayMs);
  return asked ?? growing * (0.5 + Math.random() / 2);
}
