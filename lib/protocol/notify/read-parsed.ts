import { shownName } from '../shown-name.js';
import { refuseTooMany } from './notify-limits.js';
import { NotifyRefusal } from './notify-refusal.js';
import { ParamCollector } from './param-collector.js';

/** An object returned by a body parser or a query parser. */
export type ParsedParams = Readonly<Record<string, unknown>>;

/**
 * Reads the result of a form parser. The parser has already turned each `+` into a space, so with `plus` every space is
 * turned back.
 */
export function readParsedForm(parsed: ParsedParams, plus: 'space' | 'plus'): ParamCollector {
  return collect(parsed, (value) => {
    if (typeof value !== 'string') return undefined;
    return plus === 'plus' ? value.replaceAll(' ', '+') : value;
  });
}

/** Reads the result of a JSON parser; a number gets its JavaScript text, which may differ from the signed one. */
export function readParsedJson(parsed: ParsedParams): ParamCollector {
  if (Array.isArray(parsed)) throw new NotifyRefusal('malformed', 'the body is not a JSON object');
  return collect(parsed, (value) => {
    if (value === null) return '';
    if (typeof value === 'string') return value;
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  });
}

/** Whether a JSON parser has converted a number, so that its signed digits, such as `0.30` or `1E+3`, are lost. */
export function hasNumber(parsed: ParsedParams): boolean {
  return Object.values(parsed).some((value) => typeof value === 'number');
}

function collect(parsed: ParsedParams, textOf: (value: unknown) => string | undefined): ParamCollector {
  const names = Object.keys(parsed);
  refuseTooMany(names.length);
  const params = new ParamCollector();
  for (const name of names) {
    const text = textOf(parsed[name]);
    if (text === undefined) throw new NotifyRefusal('malformed', `${shownName(name)} is repeated or nested`);
    params.add(name, text);
  }
  return params;
}
