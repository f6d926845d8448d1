import timers from 'node:timers/promises';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Pass2PayRateLimitError } from '../../errors/pass2pay.errors.js';
import { ENDPOINTS, type EndpointName } from '../../protocol/endpoints.js';
import type { Call, Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { abortedError } from '../transport-error.js';

/** Keeps this process under the gateway's limit of requests per endpoint and minute, where the options give one. */
export class RequestLimits {
  private readonly limiters = new Map<string, RateLimiterMemory>();
  private readonly maxWaitMs: number;
  private readonly closing = new AbortController();

  constructor(options: Pick<ResolvedClientOptions, 'maxRetryDelayMs' | 'requestsPerMinute'>) {
    this.maxWaitMs = options.maxRetryDelayMs;
    for (const [endpoint, points] of Object.entries(options.requestsPerMinute)) {
      const { path } = ENDPOINTS[endpoint as EndpointName];
      this.limiters.set(path, new RateLimiterMemory({ keyPrefix: path, points, duration: 60 }));
    }
  }

  /** Holds a request back until the merchant may call the endpoint. */
  readonly policy: Policy = (next) => async (call) => {
    await this.wait(call);
    return next(call);
  };

  /**
   * Resolves when the merchant may call the endpoint.
   *
   * @throws Pass2PayRateLimitError when that is later than the options let a call wait.
   * @throws Pass2PayConnectionError when the signal, or the end of the application, ends the waiting.
   */
  private async wait({ endpoint: { path }, merchant: { mchNo }, order, signal }: Call): Promise<void> {
    const limiter = this.limiters.get(path);
    if (limiter === undefined) return;
    const ended = signal === undefined ? this.closing.signal : AbortSignal.any([this.closing.signal, signal]);
    for (;;) {
      if (ended.aborted) throw abortedError(ended, false, order);
      const waitMs = await msUntilFree(limiter, mchNo);
      if (waitMs === 0) return;
      if (waitMs > this.maxWaitMs) throw new Pass2PayRateLimitError(waitMs, 'options', order);
      // However the waiting ends, the signal tells.
      await timers.setTimeout(waitMs, undefined, { signal: ended }).catch(() => undefined);
    }
  }

  /** Otherwise the process would stay alive until the last wait ends. */
  onModuleDestroy(): void {
    this.closing.abort(new Error('the application is closing'));
  }
}

/** 0 when the call was counted and may go out; else the time until the next one may. */
async function msUntilFree(limiter: RateLimiterMemory, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return Math.max(refusal.msBeforeNext, 1);
    throw refusal;
  }
}
