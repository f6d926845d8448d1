import { refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';
import { plusToSpace } from './plus-to-space.js';

/** Reads a form or a query string. A `+` is a space or, with `plus`, a plus sign. */
export function readForm(text: string, plus: 'space' | 'plus'): ParamCollector {
  const params = new ParamCollector();
  let pairs = 0;
  for (let start = 0; start <= text.length;) {
    // Counted here too, because a hostile text may have as many separators as bytes.
    refuseTooMany(++pairs);
    const end = indexOr(text.length, text.indexOf('&', start));
    const equals = Math.min(end, indexOr(end, text.indexOf('=', start)));
    if (end > start) params.add(decode(text.slice(start, equals), plus), decode(text.slice(equals + 1, end), plus));
    start = end + 1;
  }
  return params;
}

const indexOr = (otherwise: number, index: number) => (index === -1 ? otherwise : index);

function decode(text: string, plus: 'space' | 'plus'): string {
  const spaced = plus === 'plus' ? text : plusToSpace(text);
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new NotifyRefusal('malformed', 'a percent escape is broken');
  }
}
