import type { FieldReader } from '../protocol/field-reader.js';
import { gatewayWords } from '../protocol/gateway-words.js';
import { readTime } from '../protocol/read-time.js';
import { badResponse } from './bad-response.js';
import type { GatewayResponse } from './call.js';

/** Reads a response's data field by field; a field that is not as documented is an error, never a guess. */
export class ResponseFields implements FieldReader {
  /** @param call whether the response is that of a query */
  constructor(
    private readonly response: GatewayResponse,
    private readonly call: { readOnly?: boolean } = {},
  ) {}

  /** @throws Pass2PayConnectionError when the field is missing or no string. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.wrong(`lacks ${name}`);
    return value;
  }

  /** Undefined where the field is missing, null or `""`. */
  optionalText(name: string): string | undefined {
    const value = this.response.data[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw this.wrong(`gives ${name} as a ${typeof value}`);
  }

  /** @throws Pass2PayConnectionError when the field is missing or no integer that a number holds exactly. */
  integer(name: string): number {
    const value = this.optionalInteger(name);
    if (value === undefined) throw this.wrong(`lacks ${name}`);
    return value;
  }

  optionalInteger(name: string): number | undefined {
    const text = this.optionalText(name);
    if (text === undefined) return undefined;
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(value)) throw this.wrong(`gives ${name} as ${gatewayWords(text)}`);
    return value;
  }

  /** In ms since 1970; undefined where the field is missing or is not a time: nothing depends on it. */
  optionalTime(name: string): number | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : readTime(text);
  }

  optionalObject(name: string): Record<string, unknown> | undefined {
    const value = this.response.data[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw this.wrong(`gives ${name} as no object`);
    return value as Record<string, unknown>;
  }

  /**
   * A query gives out a state that is not documented as it came, as a notify does: a person must see it.
   *
   * @throws Pass2PayConnectionError when it is missing, or a create's that is not documented.
   */
  state<T extends number>(name: string, documented: readonly T[]): T {
    const value = this.integer(name) as T;
    const isTaken = documented.includes(value) || (this.call.readOnly === true && value >= 0);
    if (!isTaken) throw this.wrong(`gives ${name} as ${value}, a state that is not documented`);
    return value;
  }

  /** The error of a response that is not as documented. */
  wrong(what: string): Error {
    const { traceId, data } = this.response;
    return badResponse(what, {
      ...this.call,
      ...(traceId !== undefined && { traceId }),
      ...(typeof data.mchOrderNo === 'string' && { mchOrderNo: gatewayWords(data.mchOrderNo) }),
    });
  }
}
