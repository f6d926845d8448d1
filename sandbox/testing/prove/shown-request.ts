import type { NotifyMessage } from '../../gateway/notify/notify-message.js';
import { headersOf } from '../../gateway/notify/notify-post.js';

const SHOWN = new Set(['Content-Type', 'Host']);

/** The request as HTTP text for readers: only the relevant headers, and no signature. */
export function shownRequest(message: NotifyMessage, method: 'GET' | 'POST' = 'POST'): string {
  const { url, body } = message;
  const headers = Object.entries(headersOf(message))
    .filter(([name]) => SHOWN.has(name) && !(method === 'GET' && name === 'Content-Type'))
    .map(([name, value]) => `${name}: ${value}`);
  return masked([`${method} ${url}`, ...headers, ...(body === '' ? [] : ['', body])].join('\n'));
}

/** Masks signatures, because they could be replayed. */
function masked(text: string): string {
  return text.replaceAll(/\bsign=[^&\s]+/g, 'sign=***').replaceAll(/"sign":"[^"]+"/g, '"sign":"***"');
}
