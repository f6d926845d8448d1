import { isLosslessNumber } from 'lossless-json';
import type { Bean, BeanFields, BeanFieldType } from '../../dialects/dialect.js';
import { GatewayRefusal } from '../gateway-response.js';
import { javaHashOrder } from '../../notify/java-hash-order.js';
import type { RequestParams } from './request-params.js';

/**
 * Casts a request to the typed bean of its endpoint, as fastjson does: undeclared names are ignored, and declared ones
 * match whatever their case. The gateway signs this bean, not the text that was sent; this causes most refused
 * signatures.
 *
 * Source: protocol §2.
 *
 * @throws GatewayRefusal code 10 if a value cannot be cast.
 */
export function castBean(params: RequestParams, fields: BeanFields): Bean {
  const bySmartName = new Map(Object.keys(fields).map((name) => [smartName(name), name]));
  const given = new Map<string, unknown>();
  for (const [key, value] of Object.entries(params)) {
    const name = bySmartName.get(smartName(key));
    // If a request has both `extParam` and `EXTPARAM`, the exact name is used; in Java it depends on the hash order.
    if (name !== undefined && (key === name || !given.has(name))) given.set(name, value);
  }
  const bean: Record<string, string | bigint> = {};
  for (const [name, type] of Object.entries(fields)) {
    const value = type === 'String' ? castToString(given.get(name)) : castToInteger(given.get(name), type);
    if (value === undefined) throw new GatewayRefusal(`系统异常[${PARSERS[type]} error, field : ${name}]`, 10);
    if (value !== null) bean[name] = value;
  }
  return bean;
}

function smartName(key: string): string {
  return key.replace(/[_-]/g, '').toLowerCase();
}

/** Half of a surrogate pair becomes a question mark in Java's UTF-8, and so in the signed text. */
export function asJavaEncodes(bean: Bean): Bean {
  const encoded: Record<string, string | bigint> = {};
  for (const [name, value] of Object.entries(bean)) {
    encoded[name] = typeof value === 'string' ? value.replaceAll(/\p{Surrogate}/gu, '?') : value;
  }
  return encoded;
}

function castToString(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : compactJson(value);
}

function compactJson(value: unknown): string {
  if (isLosslessNumber(value)) return value.value;
  if (Array.isArray(value)) return `[${value.map(compactJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = new Map<string, unknown>(Object.entries(value));
    const present = javaHashOrder([...members.keys()]).filter((name) => members.get(name) !== null);
    return `{${present.map((name) => `${JSON.stringify(name)}:${compactJson(members.get(name))}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** The gateway's parser for each type, which appears in its error message. */
const PARSERS = { Long: 'parseLong', Integer: 'parseInt', Byte: 'parseByte', String: '' } as const;
const BITS = { Long: 64, Integer: 32, Byte: 8 } as const;

/** @returns undefined if it cannot be cast */
function castToInteger(value: unknown, type: Exclude<BeanFieldType, 'String'>): bigint | null | undefined {
  if (value === undefined || value === null || value === '' || value === 'null' || value === 'NULL') return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  const integer = wholePartOf(value);
  return integer !== null && BigInt.asIntN(BITS[type], integer) === integer ? integer : undefined;
}

function wholePartOf(value: unknown): bigint | null {
  if (isLosslessNumber(value)) return truncate(value.value);
  return typeof value === 'string' ? truncate(value.trim().replaceAll(',', '')) : null;
}

/** The integer part of a decimal literal; null if it is not one. */
function truncate(literal: string): bigint | null {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(literal);
  if (!match) return null;
  const [, minus, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  // Beyond this scale, Java requires exactness and throws.
  if (Math.abs(exponent) > 100) return null;
  const point = whole.length + exponent;
  const digits = `${whole}${fraction}`.padEnd(point, '0').slice(0, Math.max(point, 0));
  const magnitude = BigInt(digits === '' ? '0' : digits);
  return minus === '-' ? -magnitude : magnitude;
}
