import type { FieldReader } from '../protocol/field-reader.js';
import { gatewayWords } from '../protocol/gateway-words.js';
import { readTime } from '../protocol/read-time.js';
import { badResponse } from './bad-response.js';
import type { GatewayResponse } from './call.js';

/** Reads a response's fields; a field that is not as documented is an error, never a guess. */
export class ResponseFields implements FieldReader {
  /** @param call whether the response is that of a query */
  constructor(
    private readonly response: GatewayResponse,
    private readonly call: { readOnly?: boolean } = {},
  ) {}

  /** @throws Pass2PayConnectionError when the field is missing or not a string. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.wrong(`lacks ${name}`);
    return value;
  }

  /** Undefined if the field is missing, null or `""`. */
  optionalText(name: string): string | undefined {
    const value = this.response.data[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw this.wrong(`has a ${typeof value} as ${name}`);
  }

  /** @throws Pass2PayConnectionError when the field is missing or not a safe integer. */
  integer(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw this.wrong(`lacks ${name}`);
    return value;
  }

  optionalInteger(name: string): number | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw this.wrong(`has ${gatewayWords(text)} as ${name}`);
    return value;
  }

  /** In ms since 1970; undefined if the field is missing or not a time, since nothing depends on it. */
  optionalTime(name: string): number | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : readTime(text);
  }

  optionalObject(name: string): Record<string, unknown> | undefined {
    const value = this.response.data[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(`has a ${name} that is not an object`);
    return value as Record<string, unknown>;
  }

  /**
   * A query returns an undocumented state unchanged, as a notify does, so that a person can look at it.
   *
   * @throws Pass2PayConnectionError when it is missing or, in a create, undocumented.
   */
  state<T extends number>(name: string, documented: readonly T[]): T {
    const value = this.integer(name) as T;
    const isTaken = documented.includes(value) || (this.call.readOnly === true && value >= 0);
    if (!isTaken) throw this.wrong(`has the undocumented state ${value} as ${name}`);
    return value;
  }

  /** The error for a response that is not as documented. */
  wrong(what: string): Error {
    const { traceId, data } = this.response;
    return badResponse(what, {
      ...this.call,
      ...(traceId !== undefined && { traceId }),
      ...(typeof data.mchOrderNo === 'string' && { mchOrderNo: gatewayWords(data.mchOrderNo) }),
    });
  }
}
