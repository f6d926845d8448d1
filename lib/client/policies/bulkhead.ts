import { bulkhead as limitConcurrency, isBulkheadRejectedError } from 'cockatiel';
import { Pass2PayRateLimitError } from '../../errors/pass2pay.errors.js';
import type { Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { abortedError } from '../transport-error.js';
import { withSignal } from '../with-signal.js';

/**
 * Limits the requests that are under way at once; further ones wait.
 *
 * Throws Pass2PayRateLimitError when too many wait, and Pass2PayConnectionError as soon as the signal is aborted, also
 * while the request waits.
 */
export function bulkhead({ maxConcurrent, maxQueued }: ResolvedClientOptions): Policy {
  const policy = limitConcurrency(maxConcurrent, maxQueued);
  return (next) => async (call) => {
    const { signal, order } = call;
    let hasLeftQueue = false;
    // In the request's own context, also where it waits for another one to make room.
    const leave = call.request!.bind(async () => {
      if (signal?.aborted) throw abortedError(signal, false, order);
      hasLeftQueue = true;
      return next(call);
    });
    try {
      // Without the signal: given that, the bulkhead drops a request that was given up while it waited, and does not let
      // the next one out of the queue in its place.
      return await withSignal(policy.execute(leave), signal, order);
    } catch (error) {
      // It was still in the queue, and will not leave it.
      if (signal?.aborted && !hasLeftQueue) throw abortedError(signal, false, order);
      if (isBulkheadRejectedError(error)) throw new Pass2PayRateLimitError(undefined, 'options', order);
      throw error;
    }
  };
}
