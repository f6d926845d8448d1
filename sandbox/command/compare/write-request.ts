import { isLosslessNumber, stringify } from 'lossless-json';
import { sign } from 'nestjs-pass2pay/protocol';
import type { CaseParams, CaseValue, CompareCase, Signing } from './compare-case.js';

/** A request as it is sent. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly contentType?: string;
  readonly body: string;
}

/** The values of a case's placeholders: `now`, and members of a response. */
export type PlaceholderValues = Readonly<Record<string, string>>;

export class MissingPlaceholderError extends Error {
  constructor(readonly placeholder: string) {
    super(`Nothing has given ${placeholder}`);
  }
}

/** The request of a case, signed with the secret. @throws MissingPlaceholderError */
export function writeRequest(one: CompareCase, secret: string, values: PlaceholderValues): WireRequest {
  const params = resolved(one.params, values);
  const sent = { ...params, ...signatureOf(params, one.signing, secret), ...one.unsigned };
  const { method, path, contentType, place, body, rewrite = (json) => json } = one;
  const written = { method, target: path, ...(contentType !== undefined && { contentType }) };
  if (body !== undefined) return { ...written, body };
  switch (place) {
    case 'json':
      return { ...written, body: rewrite(stringify(sent) ?? '') };
    case 'form':
      return { ...written, body: formOf(sent) };
    case 'multipart':
      return { ...written, body: multipartOf(sent) };
    case 'query':
      return { ...written, target: `${path}?${formOf(sent)}`, body: '' };
    default:
      throw new Error(`No such place: ${String(place satisfies never)}`);
  }
}

/** The parameters of a case with the values of its placeholders. @throws MissingPlaceholderError */
export function resolved(params: CaseParams, values: PlaceholderValues): CaseParams {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      const placeholder = typeof value === 'string' ? /^\{(\w+)\}$/.exec(value)?.[1] : undefined;
      if (placeholder === undefined) return [name, value];
      const given = values[placeholder];
      if (given === undefined) throw new MissingPlaceholderError(placeholder);
      return [name, given];
    }),
  );
}

function signatureOf(params: CaseParams, signing: Signing, secret: string): CaseParams {
  const literals = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, literalOf(value)]));
  switch (signing) {
    case 'valid':
      return { sign: sign(literals, secret) };
    case 'lower case':
      return { sign: sign(literals, secret).toLowerCase() };
    case 'wrong':
      return { sign: sign(literals, 'not the secret') };
    case 'missing':
      return {};
    default:
      throw new Error(`No such signing: ${String(signing satisfies never)}`);
  }
}

/** The literal of a number is what gets signed. */
function literalOf(value: CaseValue): Exclude<CaseValue, CaseParams> {
  return isLosslessNumber(value) ? value.value : (value as Exclude<CaseValue, CaseParams>);
}

function textOf(value: CaseValue): string {
  const literal = literalOf(value);
  return typeof literal === 'string' ? literal : JSON.stringify(literal);
}

function formOf(params: CaseParams): string {
  const pairs = Object.entries(params).map(([name, value]): [string, string] => [name, textOf(value)]);
  return new URLSearchParams(pairs).toString();
}

/** Uses the boundary from the case's content type. */
function multipartOf(params: CaseParams): string {
  const parts = Object.entries(params).map(
    ([name, value]) => `--compare\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${textOf(value)}\r\n`,
  );
  return `${parts.join('')}--compare--\r\n`;
}
