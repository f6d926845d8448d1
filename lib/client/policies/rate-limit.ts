import timers from 'node:timers/promises';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import { Pass2PayRateLimitError } from '../../errors/pass2pay.errors.js';
import { ENDPOINTS, type EndpointName } from '../../protocol/endpoints.js';
import { lazily } from '../../validation/lazily.js';
import type { Call, Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { abortedError } from '../transport-error.js';

/** Loaded with the first limited request: few applications set limits, and it loads three dozen files. */
const limiting = lazily(() => import('rate-limiter-flexible'));

/** Applies the rate limits of the options, per endpoint and minute, in this process. */
export class RequestLimits {
  /** By path. */
  private readonly limits = new Map<string, () => Promise<RateLimiterMemory>>();
  private readonly maxWaitMs: number;
  private readonly closing = new AbortController();

  constructor(options: Pick<ResolvedClientOptions, 'maxRetryDelayMs' | 'requestsPerMinute'>) {
    this.maxWaitMs = options.maxRetryDelayMs;
    for (const [endpoint, points] of Object.entries(options.requestsPerMinute)) {
      const { path } = ENDPOINTS[endpoint as EndpointName];
      const limiter = async () => new (await limiting()).RateLimiterMemory({ keyPrefix: path, points, duration: 60 });
      this.limits.set(path, lazily(limiter));
    }
  }

  /** Delays a request until the merchant may call the endpoint. */
  readonly policy: Policy = (next) => {
    if (this.limits.size === 0) return next;
    return async (call) => {
      await this.wait(call);
      return next(call);
    };
  };

  /**
   * Resolves when the merchant may call the endpoint.
   *
   * @throws Pass2PayRateLimitError when that exceeds the wait that the options allow.
   * @throws Pass2PayConnectionError when the signal, or the application's shutdown, aborts the wait.
   */
  private async wait({ endpoint: { path }, merchant: { mchNo }, order, signal }: Call): Promise<void> {
    const limit = this.limits.get(path);
    if (limit === undefined) return;
    const limiter = await limit();
    const ended = signal === undefined ? this.closing.signal : AbortSignal.any([this.closing.signal, signal]);
    for (;;) {
      if (this.closing.signal.aborted) throw abortedError(ended, false, order, 'the shutdown of the application');
      if (ended.aborted) throw abortedError(ended, false, order);
      const waitMs = await msUntilFree(limiter, mchNo);
      if (waitMs === 0) return;
      if (waitMs > this.maxWaitMs) throw new Pass2PayRateLimitError(waitMs, 'options', order);
      // The signal tells why the wait ended.
      await timers.setTimeout(waitMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** Otherwise the process would stay alive until the last wait ends. */
  onModuleDestroy(): void {
    this.closing.abort(new Error('the application is closing'));
  }
}

/** 0 if the call was counted and may be sent; otherwise the time until the next one may be sent. */
async function msUntilFree(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    const { RateLimiterRes } = await limiting();
    if (refusal instanceof RateLimiterRes) return Math.max(refusal.msBeforeNext, 1);
    throw refusal;
  }
}
