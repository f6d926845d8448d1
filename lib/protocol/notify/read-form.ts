import { refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';

/** Reads a form, or a query string. A `+` is a space as in forms or, with `plus`, itself. */
export function readForm(text: string, plus: 'space' | 'plus'): ParamCollector {
  const params = new ParamCollector();
  let pairs = 0;
  // Not split(): a hostile text has as many separators as bytes.
  for (let start = 0; start < text.length;) {
    const next = text.indexOf('&', start);
    const end = next === -1 ? text.length : next;
    refuseTooMany(++pairs);
    if (end > start) readPair(text.slice(start, end), plus, params);
    start = end + 1;
  }
  return params;
}

function readPair(pair: string, plus: 'space' | 'plus', params: ParamCollector): void {
  const cut = pair.indexOf('=');
  if (cut === -1) params.add(decode(pair, plus), '');
  else params.add(decode(pair.slice(0, cut), plus), decode(pair.slice(cut + 1), plus));
}

function decode(text: string, plus: 'space' | 'plus'): string {
  const spaced = plus === 'plus' ? text : text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new NotifyRefusal('malformed', 'a percent escape is broken');
  }
}
