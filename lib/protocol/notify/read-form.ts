import { refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';
import { plusToSpace } from './plus-to-space.js';

/** Reads a form or a query string. A `+` is a space or, with `plus`, a plus sign. */
export function readForm(text: string, plus: 'space' | 'plus'): ParamCollector {
  const params = new ParamCollector();
  refuseTooManyPairs(text);
  for (const pair of text.split('&')) if (pair !== '') readPair(pair, plus, params);
  return params;
}

/** Counted before reading: a hostile text may have as many separators as bytes. */
function refuseTooManyPairs(text: string): void {
  let pairs = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) refuseTooMany(++pairs);
}

function readPair(pair: string, plus: 'space' | 'plus', params: ParamCollector): void {
  const cut = pair.indexOf('=');
  if (cut === -1) params.add(decode(pair, plus), '');
  else params.add(decode(pair.slice(0, cut), plus), decode(pair.slice(cut + 1), plus));
}

function decode(text: string, plus: 'space' | 'plus'): string {
  const spaced = plus === 'plus' ? text : plusToSpace(text);
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new NotifyRefusal('malformed', 'a percent escape is broken');
  }
}
