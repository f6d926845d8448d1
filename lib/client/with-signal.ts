import type { Pass2PayErrorDetails } from '../errors/pass2pay.errors.js';
import { abortedError } from './transport-error.js';

/**
 * The promise's result, or an error as soon as the signal is aborted. The underlying work continues unless it observes
 * the signal itself.
 *
 * @throws Pass2PayConnectionError when the signal is aborted first.
 */
export function withSignal<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  about: Pass2PayErrorDetails,
): Promise<T> {
  return signal === undefined ? promise : unlessAborted(promise, signal, about);
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, about: Pass2PayErrorDetails): Promise<T> {
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
