import { parse } from 'lossless-json';
import { GatewayRefusal } from './gateway-response.js';

/** The parameters of a request as they came: numbers still in their wire literal (LosslessNumber). */
export type RequestParams = Readonly<Record<string, unknown>>;

export interface WireRequest {
  readonly method: string;
  readonly contentType: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/**
 * Reads a JSON body when the content type says so and the method is not GET; form and query parameters otherwise.
 * Unlike fastjson, only standard JSON is read (no single quotes, comments or trailing commas).
 *
 * Source: protocol §2.
 *
 * @throws GatewayRefusal code 11 when the body is not a JSON object.
 */
export function readParams(request: WireRequest): RequestParams {
  const contentType = request.contentType.toLowerCase();
  if (request.method !== 'GET' && contentType.includes('application/json')) return jsonParams(request.body);
  const isForm = request.method !== 'GET' && contentType.includes('application/x-www-form-urlencoded');
  return formParams([...request.query, ...(isForm ? new URLSearchParams(request.body) : [])]);
}

function jsonParams(body: string): RequestParams {
  if (body.trim() === '') return {};
  let value: unknown;
  try {
    value = parse(body, null, { onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    throw new GatewayRefusal('参数有误[转换异常]', 11);
  }
  if (!isObject(value)) throw new GatewayRefusal('参数有误[转换异常]', 11);
  return value;
}

/** Of repeated names the last wins; `name[member]` makes an object. */
function formParams(pairs: readonly (readonly [string, string])[]): RequestParams {
  const params = new Map<string, unknown>();
  for (const [name, value] of pairs) {
    const bracket = name.indexOf('[');
    if (bracket === -1) {
      params.set(name, value);
      continue;
    }
    const outer = name.slice(0, bracket);
    const member = name.slice(bracket + 1).replace(/\].*$/, '');
    const siblings = params.get(outer);
    params.set(outer, { ...(isObject(siblings) ? siblings : {}), [member]: value });
  }
  return Object.fromEntries(params);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
