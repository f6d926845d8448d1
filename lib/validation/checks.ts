import { isIPv4, isIPv6 } from 'node:net';
import { MILLISECONDS, type Schema } from '../openapi/schema.js';
import { check, type Check } from './rule.js';
import { isObject } from './option-rules.js';

/** Maximum amount in minor units: the gateway stores it as a 32-bit integer. */
const MAX_AMOUNT = 2_147_483_647;

/** Integer minor units, 1 to 2147483647; 100.31 yuan is 10031 fen. */
export const minorUnits: Check = check(
  { type: 'integer', format: 'int32', minimum: 1, maximum: MAX_AMOUNT },
  (value) => {
    if (typeof value === 'string') {
      return `is the string ${quoted(value)}; send a number of minor units (fen), e.g. 10031 for 100.31 yuan`;
    }
    if (typeof value !== 'number' || Number.isNaN(value)) {
      return `is ${kind(value)}; send a number of minor units (fen), e.g. 10031 for 100.31 yuan`;
    }
    if (!Number.isInteger(value)) {
      return `is ${value}, not an integer; round it yourself and send minor units (fen), e.g. 10031 for 100.31 yuan`;
    }
    if (value < 1 || value > MAX_AMOUNT) return `is ${value}; send 1 to ${MAX_AMOUNT} minor units (fen)`;
    return undefined;
  },
);

/** 13-digit milliseconds since 1970 as a number. */
export const milliseconds: Check = check(
  { oneOf: [MILLISECONDS, { type: 'string', pattern: '^[1-9][0-9]{12}$' }] },
  (value) => {
    if (isThirteenDigits(toMilliseconds(value))) return undefined;
    if (value instanceof Date) {
      if (Number.isNaN(value.getTime())) return 'is an invalid Date; send a valid one, or 13-digit milliseconds';
      return `is ${value.toISOString()}, which is out of range; send a time from 2001-09-09 to 2286-11-20`;
    }
    if (typeof value !== 'number' && typeof value !== 'string') {
      return `is ${kind(value)}; send 13-digit milliseconds or a Date, e.g. 1622016572190`;
    }
    const digits = String(value);
    if (/^\d{10}$/.test(digits)) {
      return `is ${digits}, which is in seconds (10 digits); send milliseconds (13 digits), e.g. ${digits}000`;
    }
    if (typeof value === 'string' && /\D/.test(value) && isThirteenDigits(Date.parse(value))) {
      return `is ${quoted(value)}; send 13-digit milliseconds: ${Date.parse(value)}`;
    }
    return `is ${shown(value)}; send 13-digit milliseconds or a Date, e.g. 1622016572190`;
  },
);

/** Normalises a time: any accepted form of 13-digit milliseconds becomes a number, anything else is unchanged. */
export function toMilliseconds(value: unknown): unknown {
  const time = value instanceof Date ? value.getTime() : value;
  return isThirteenDigits(time) ? Number(time) : value;
}

function isThirteenDigits(value: unknown): boolean {
  return (typeof value === 'number' || typeof value === 'string') && /^[1-9]\d{12}$/.test(String(value));
}

/** Any text of 1 to `max` characters. */
export function text(max: number): Check {
  return check({ type: 'string', minLength: 1, maxLength: max }, (value) => {
    if (typeof value !== 'string') return `is ${kind(value)}; send a string`;
    if (value.trim() === '') return 'is blank; send text';
    return broken(value) ?? tooLong(value, max);
  });
}

/**
 * Text that the gateway echoes in its notify. An `&` would make the notify's signature ambiguous. Source: protocol §1,
 * security hole.
 */
export function echoedText(max: number): Check {
  const anyText = text(max);
  return check(
    { ...anyText.schema, pattern: '^[^&]*$' },
    (value) => anyText(value) ?? withoutAmpersand(value as string),
  );
}

const orderText = echoedText(64);

/** The merchant's order number. */
export const orderNumber: Check = check(
  { type: 'string', minLength: 1, maxLength: 64, pattern: '^[^&\\s]*$' },
  (value) => {
    if (typeof value === 'number') return 'is a number, which may lose digits; send it as a string';
    const issue = orderText(value);
    if (issue !== undefined) return issue;
    return /[\s\p{Cc}]/u.test(value as string)
      ? 'contains white space or a control character; send letters, digits and punctuation only'
      : undefined;
  },
);

const keyText = text(64);

/** The merchant's key of a checkout. Databases compare trailing spaces differently. */
export const checkoutKey: Check = check(
  { type: 'string', minLength: 1, maxLength: 64, pattern: '^\\S(.*\\S)?$' },
  (value) => {
    if (typeof value === 'number') return 'is a number; send it as a string';
    const issue = keyText(value);
    if (issue !== undefined) return issue;
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value as string)) {
      return 'contains a control character or a line break; send printable characters';
    }
    return /^\s|\s$/.test(value as string) ? 'begins or ends with white space; remove it' : undefined;
  },
);

/** A three-letter currency code. */
export const currencyCode: Check = check({ type: 'string', pattern: '^[A-Za-z]{3}$' }, (value) =>
  typeof value === 'string' && /^[A-Za-z]{3}$/.test(value)
    ? undefined
    : `is ${shown(value)}; send a three-letter currency code, e.g. cny`,
);

/** A payment method's code, such as ALI_QR. */
export const wayCode: Check = check({ type: 'string', pattern: '^[A-Z0-9_]{1,30}$' }, (value) =>
  typeof value === 'string' && /^[A-Z0-9_]{1,30}$/.test(value)
    ? undefined
    : `is ${shown(value)}; send a payment method's code in capitals (up to 30 of A–Z, 0–9, _), e.g. ALI_QR`,
);

/** Converts a code to lower case; a value that is not a string is unchanged. */
export function toLowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** One of several words. */
export function oneOf(...words: readonly string[]): Check {
  return check({ type: 'string', enum: words }, (value) =>
    typeof value === 'string' && words.includes(value) ? undefined : `must be ${choiceOf(words)}`,
  );
}

function choiceOf(words: readonly string[]): string {
  const choices = words.map((word) => `'${word}'`);
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** Any IPv4 address. */
export const ipv4: Check = check({ type: 'string', format: 'ipv4' }, (value) => {
  if (typeof value === 'string' && isIPv4(value)) return undefined;
  return typeof value === 'string' && isIPv6(value)
    ? "is an IPv6 address, and the gateway accepts only IPv4 addresses; send the customer's IPv4 address, e.g. 210.73.10.148"
    : 'must be an IPv4 address, e.g. 210.73.10.148';
});

/** An IPv4-mapped IPv6 address, as dual-stack servers see IPv4 clients. */
const MAPPED_IPV4 = /^(?:::|(?:0{1,4}:){5})ffff:(?:(\d+(?:\.\d+){3})|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i;

/** Normalises an IP address: `::ffff:210.73.10.148` becomes `210.73.10.148`, anything else is unchanged. */
export function toIpv4(value: unknown): unknown {
  const mapped = typeof value === 'string' ? MAPPED_IPV4.exec(value.trim()) : null;
  if (mapped === null) return value;
  const [, dotted, high = '', low = ''] = mapped;
  return dotted ?? [...bytesOf(high), ...bytesOf(low)].join('.');
}

/** @param hex two bytes as up to four hex digits */
function bytesOf(hex: string): [number, number] {
  const both = Number.parseInt(hex, 16);
  return [both >> 8, both & 0xff];
}

/** A phone number. */
export const phone: Check = check({ type: 'string', pattern: '^\\+?[0-9]{5,20}$' }, (value) =>
  typeof value === 'string' && /^\+?\d{5,20}$/.test(value)
    ? undefined
    : 'is not a phone number; send a string of 5 to 20 digits, optionally with a leading +',
);

/** An ID card number; only its length is checked, because the gateway's own example has a wrong checksum. */
export const idNumber: Check = check({ type: 'string', pattern: '^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$' }, (value) =>
  typeof value === 'string' && /^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$/.test(value)
    ? undefined
    : 'is not an ID card number; send a string of 15 or 18 letters and digits',
);

/** An http or https URL of up to 128 characters. */
export const httpUrl: Check = check({ type: 'string', format: 'uri', maxLength: 128 }, (value) => {
  if (typeof value !== 'string') return `is ${kind(value)}; send a URL as a string`;
  // The gateway compares the scheme case-sensitively. Source: protocol §2.
  if (!/^https?:\/\//.test(value))
    return `is ${quoted(value)}; send a URL that begins with http:// or https:// in lower case`;
  if (/\s/.test(value) || !URL.canParse(value))
    return `is ${quoted(value)}, which is not a valid URL; send an absolute URL`;
  return broken(value) ?? tooLong(value, 128);
});

/**
 * The URL to which the gateway posts its notify. The gateway would mix its parameters with those of a query string.
 * Source: protocol §4.
 */
export const notifyUrl: Check = check(
  { type: 'string', format: 'uri', maxLength: 128, pattern: '^[^?#]*$' },
  (value) => {
    const issue = httpUrl(value);
    if (issue !== undefined) return issue;
    const extra = /[?#]/.exec(value as string)?.[0];
    return extra === undefined
      ? undefined
      : `contains ${quoted(extra)}, which breaks the notify's signature; put such values into the path`;
  },
);

/** Seconds until an order expires. */
export const seconds: Check = check(
  { type: 'integer', format: 'int32', minimum: 1, maximum: 2_147_483_647 },
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 2_147_483_647
      ? undefined
      : `is ${shown(value)}; send a positive whole number of seconds, e.g. 3600`,
);

const JSON_OBJECT: Schema = {
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'string', maxLength: 256 },
  ],
};

/** Channel-specific parameters: the text of a JSON object. */
export const jsonObjectText: Check = check(JSON_OBJECT, (value) => {
  if (isObject(value)) return 'is an object that JSON cannot represent; send plain data, or the text of a JSON object';
  if (typeof value !== 'string') return `is ${kind(value)}; send an object, or the text of a JSON object`;
  if (!isJsonObject(value)) return 'is not the text of a JSON object; send an object, or the result of JSON.stringify';
  return broken(value) ?? tooLong(value, 256);
});

/** Normalises channel parameters: an object becomes its JSON text; anything else is unchanged. */
export function toJsonText(value: unknown): unknown {
  return isObject(value) ? (jsonTextOf(value) ?? value) : value;
}

/**
 * Undefined for values that JSON cannot represent: a cycle, a BigInt, or a Map or Promise, which would become an empty
 * object.
 */
function jsonTextOf(value: object): string | undefined {
  try {
    const json: string | undefined = JSON.stringify(value);
    return json === '{}' && !isPlain(value) ? undefined : json;
  } catch {
    return undefined;
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isJsonObject(value: string): boolean {
  try {
    return isObject(JSON.parse(value));
  } catch {
    return false;
  }
}

function withoutAmpersand(value: string): string | undefined {
  return value.includes('&')
    ? 'contains "&", which would allow the notify\'s signature to be reused for another message; remove it'
    : undefined;
}

/** Half a surrogate pair has no UTF-8 form, so the gateway would sign a different text. */
function broken(value: string): string | undefined {
  return /\p{Cs}/u.test(value)
    ? 'contains half a character, such as a truncated emoji; truncate text between characters'
    : undefined;
}

/** Characters are counted as in the gateway's database: an emoji is one. */
function tooLong(value: string, max: number): string | undefined {
  if (value.length <= max) return undefined;
  const { length } = Array.from(value);
  return length > max ? `has ${length} characters; send up to ${max}` : undefined;
}

function quoted(value: string): string {
  return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : typeof value === 'number' ? String(value) : kind(value);
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (Number.isNaN(value)) return 'NaN';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
