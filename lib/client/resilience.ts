import { Inject, Injectable } from '@nestjs/common';
import {
  bulkhead,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  retry,
  type IRetryBackoffContext,
  type IRetryContext,
} from 'cockatiel';
import timers from 'node:timers/promises';
import {
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PayTimeoutError,
  type Pass2PayErrorDetails,
} from '../errors/pass2pay.errors.js';
import type { ResolvedOptions } from '../pass2pay.options.js';
import { RESOLVED_OPTIONS } from '../pass2pay.tokens.js';
import { abortedError } from './transport-error.js';
import { Attempt } from './transport/attempt.js';
import { withSignal } from './with-signal.js';

/** The first wait before a repetition, in ms; each further one is twice as long. */
const FIRST_DELAY_MS = 250;

/** What stands between a call and the gateway: a timeout, a limit of concurrent requests, a circuit breaker, retries. */
@Injectable()
export class Resilience {
  private readonly breaker;
  private readonly bulkhead;

  constructor(@Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions) {
    this.breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: options.circuitBreaker.halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(options.circuitBreaker.failures),
    });
    this.bulkhead = bulkhead(options.maxConcurrent, options.maxQueued);
  }

  /** Whether the gateway is left alone at the moment. */
  get circuit(): 'closed' | 'half-open' | 'open' {
    if (this.breaker.state === CircuitState.Closed) return 'closed';
    return this.breaker.state === CircuitState.HalfOpen ? 'half-open' : 'open';
  }

  /**
   * Makes one request. The time that it may take begins when it leaves the queue.
   *
   * @throws Pass2PayRateLimitError when too many requests wait.
   * @throws Pass2PayCircuitOpenError while the gateway is left alone.
   * @throws Pass2PayTimeoutError
   * @throws Pass2PayConnectionError as soon as the signal is aborted, also while the request waits.
   */
  async once<T>(
    request: (attempt: Attempt) => Promise<T>,
    signal: AbortSignal | undefined,
    about: Pass2PayErrorDetails,
  ): Promise<T> {
    let isSent = false;
    const send = () => {
      isSent = true;
      return this.withTimeout(request, signal, about);
    };
    try {
      // Without the signal: given that, the bulkhead drops a request that was given up while it waited, and does not let
      // the next one out of the queue in its place.
      const sending = this.bulkhead.execute(() => {
        if (signal?.aborted) throw abortedError(signal, false, about);
        return this.breaker.execute(send, signal);
      });
      return await withSignal(sending, signal, about);
    } catch (error) {
      // It was still in the queue, and will not leave it.
      if (signal?.aborted && !isSent) throw abortedError(signal, false, about);
      if (isBulkheadRejectedError(error)) throw new Pass2PayRateLimitError(undefined, 'options', about);
      if (isBrokenCircuitError(error)) {
        throw new Pass2PayCircuitOpenError(this.options.circuitBreaker.halfOpenAfterMs, about);
      }
      throw error;
    }
  }

  /** Repeats an action while it throws what `isWorthIt` accepts, as often as the options allow, with growing waits. */
  async repeated<T>(
    action: () => Promise<T>,
    isWorthIt: (error: unknown) => boolean,
    signal: AbortSignal | undefined,
    about: Pass2PayErrorDetails,
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
    return withSignal(policy.execute(repetition, signal), signal, about);
  }

  /**
   * Not cockatiel's timeout: that aborts its signal behind every request, the good ones too, and making the exception for
   * it takes most of its 13 µs.
   */
  private async withTimeout<T>(
    request: (attempt: Attempt) => Promise<T>,
    signal: AbortSignal | undefined,
    about: Pass2PayErrorDetails,
  ): Promise<T> {
    if (signal?.aborted) throw abortedError(signal, false, about);
    const { timeoutMs } = this.options;
    const attempt = new Attempt();
    let timer: NodeJS.Timeout | undefined;
    let leave!: () => void;
    try {
      return await new Promise<T>((resolve, reject) => {
        const end = (error: Error) => {
          reject(error);
          attempt.end();
        };
        timer = setTimeout(() => end(new Pass2PayTimeoutError(timeoutMs, about)), timeoutMs);
        leave = () => end(abortedError(signal!, true, about));
        signal?.addEventListener('abort', leave, { once: true });
        request(attempt).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }
}

/** Whether an error says that the gateway itself is not well. */
function isOutage(error: unknown): boolean {
  if (error instanceof Pass2PayTimeoutError) return true;
  return (
    error instanceof Pass2PayConnectionError &&
    (error.code === 'PASS2PAY_CONNECTION' || (error.httpStatus !== undefined && error.httpStatus >= 500))
  );
}

function askedWait(error: unknown): number | undefined {
  if (error instanceof Pass2PayRateLimitError) return error.retryAfterMs;
  return error instanceof Error && error.cause !== undefined ? askedWait(error.cause) : undefined;
}

/** The wait that a 429 asks for; else a growing one, half of it by chance, so that a fleet does not return as one. */
function delayBefore({ attempt, result }: IRetryBackoffContext<unknown>, maxDelayMs: number): number {
  const asked = 'error' in result ? askedWait(result.error) : undefined;
  const growing = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), maxDelayMs);
  return asked ?? growing * (0.5 + Math.random() / 2);
}
