import { Pass2PayTimeoutError } from '../../errors/pass2pay.errors.js';
import type { GatewayResponse, Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { abortedError } from '../transport-error.js';
import { Attempt } from '../transport/attempt.js';

/**
 * Limits the duration of one request. Throws Pass2PayTimeoutError, and Pass2PayConnectionError once the signal is
 * aborted.
 *
 * Not cockatiel's timeout: that aborts its signal after every request, even a successful one, and creating the
 * exception for it takes most of its 13 µs.
 */
export function timeout({ timeoutMs }: Pick<ResolvedClientOptions, 'timeoutMs'>): Policy {
  return (next) => async (call) => {
    const { signal, order } = call;
    if (signal?.aborted) throw abortedError(signal, false, order);
    const attempt = new Attempt();
    let timer: NodeJS.Timeout | undefined;
    let leave!: () => void;
    try {
      return await new Promise<GatewayResponse>((resolve, reject) => {
        const end = (error: Error) => {
          reject(error);
          attempt.end();
        };
        timer = setTimeout(() => end(new Pass2PayTimeoutError(timeoutMs, order)), timeoutMs);
        leave = () => end(abortedError(signal!, true, order));
        signal?.addEventListener('abort', leave, { once: true });
        next({ ...call, attempt }).then(resolve, reject);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  };
}
