import type { Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import { abortedError } from './transport-error.js';

/**
 * The promise's result, or an error as soon as the signal is aborted. The underlying work continues unless it observes
 * the signal itself.
 *
 * @throws Pass2PayConnectionError when the signal is aborted first.
 */
export async function withSignal<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  about: Pass2PayErrorDetails,
): Promise<T> {
  if (signal === undefined) return promise;
  let stop!: () => void;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(abortedError(signal, true, about));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
