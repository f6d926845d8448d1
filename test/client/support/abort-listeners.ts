import { getEventListeners } from 'node:events';

/** How many listeners wait for this signal. */
export function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}
