import { shownName } from '../shown-name.js';
import { refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';

/** An object that a body parser, or a query parser, has made. */
export type ParsedParams = Readonly<Record<string, unknown>>;

/**
 * Reads what a form parser has made. The parser has already made a space of each `+`, so with `plus` all spaces are taken
 * back.
 */
export function readParsedForm(parsed: ParsedParams, plus: 'space' | 'plus'): ParamCollector {
  return collect(parsed, (value) => {
    if (typeof value !== 'string') return undefined;
    return plus === 'plus' ? value.replaceAll(' ', '+') : value;
  });
}

/** Reads what a JSON parser has made; a number has the text that JavaScript gives it, which may not be the signed one. */
export function readParsedJson(parsed: ParsedParams): ParamCollector {
  if (Array.isArray(parsed)) throw new NotifyRefusal('malformed', 'the body is not a JSON object');
  return collect(parsed, (value) => {
    if (value === null) return '';
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  });
}

/** Whether a JSON parser has read a number, whose digits as they were signed are lost: `0.30` and `1E+3` among them. */
export function hasNumber(parsed: ParsedParams): boolean {
  return Object.values(parsed).some((value) => typeof value === 'number');
}

function collect(parsed: ParsedParams, textOf: (value: unknown) => string | undefined): ParamCollector {
  const names = Object.keys(parsed);
  refuseTooMany(names.length);
  const params = new ParamCollector();
  for (const name of names) {
    const text = textOf(parsed[name]);
    if (text === undefined) throw new NotifyRefusal('malformed', `${shownName(name)} is given twice or nested`);
    params.add(name, text);
  }
  return params;
}
