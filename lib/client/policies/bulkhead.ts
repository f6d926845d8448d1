import { Pass2PayRateLimitError } from '../../errors/pass2pay.errors.js';
import { lazily } from '../../validation/lazily.js';
import type { Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { abortedError } from '../transport-error.js';
import { withSignal } from '../with-signal.js';
import { cockatiel } from './cockatiel.js';

/**
 * Limits concurrent requests; further ones wait.
 *
 * Throws Pass2PayRateLimitError when too many wait, and Pass2PayConnectionError as soon as the signal is aborted, also
 * while waiting.
 */
export function bulkhead({ maxConcurrent, maxQueued }: ResolvedClientOptions): Policy {
  const limit = lazily(async () => (await cockatiel()).bulkhead(maxConcurrent, maxQueued));
  return (next) => async (call) => {
    const policy = await limit();
    const { signal, order } = call;
    if (signal?.aborted) throw abortedError(signal, false, order);
    let hasLeftQueue = false;
    // Runs in the request's own context, also while it waits for another request to finish.
    const leave = call.request!.bind(async () => {
      if (signal?.aborted) throw abortedError(signal, false, order);
      hasLeftQueue = true;
      return next(call);
    });
    try {
      // The signal is not passed on: with it, the bulkhead would drop an aborted waiting request without starting the
      // next one in its place.
      return await withSignal(policy.execute(leave), signal, order);
    } catch (error) {
      // It was still queued and will not run.
      if (signal?.aborted && !hasLeftQueue) throw abortedError(signal, false, order);
      const { isBulkheadRejectedError } = await cockatiel();
      if (isBulkheadRejectedError(error)) throw new Pass2PayRateLimitError(undefined, 'options', order);
      throw error;
    }
  };
}
