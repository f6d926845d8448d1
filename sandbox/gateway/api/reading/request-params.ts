import { GatewayRefusal } from '../gateway-response.js';
import { parseFastjson } from './fastjson.js';
import { isObject } from './json-object.js';

/** The parameters of a request as received: numbers are still wire literals (LosslessNumber). */
export type RequestParams = Readonly<Record<string, unknown>>;

export interface WireRequest {
  readonly method: string;
  readonly contentType: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** The parameters, or the reason why the gateway cannot read them. */
export type RequestReading = { readonly params: RequestParams } | { readonly refusal: GatewayRefusal };

/**
 * Reads a JSON body if the content type says so and the method is not GET; otherwise the query, form and multipart
 * parameters.
 *
 * Source: protocol §2 and §10, reading.
 */
export async function readRequest(request: WireRequest): Promise<RequestReading> {
  try {
    return { params: await readParams(request) };
  } catch (error) {
    if (error instanceof GatewayRefusal) return { refusal: error };
    throw error;
  }
}

/** @throws GatewayRefusal code 11 if the body is not a JSON object, code 10 if it is null or blank. */
export async function readParams(request: WireRequest): Promise<RequestParams> {
  const contentType = request.contentType.toLowerCase();
  if (request.method === 'GET') return formParams([...request.query]);
  if (contentType.includes('application/json')) return jsonParams(request.body);
  return formParams([...request.query, ...(await bodyPairs(request, contentType))]);
}

function jsonParams(body: string): RequestParams {
  if (body === '') return {};
  let value: unknown;
  try {
    value = parseFastjson(body);
  } catch (error) {
    if (error instanceof SyntaxError) throw new GatewayRefusal('参数有误[转换异常]', 11);
    throw error;
  }
  if (value === undefined || value === null) {
    throw new GatewayRefusal('系统异常[the parameters are null]', 10);
  }
  if (!isObject(value)) throw new GatewayRefusal('参数有误[转换异常]', 11);
  return value;
}

async function bodyPairs({ body, contentType }: WireRequest, lowerCased: string): Promise<[string, string][]> {
  if (lowerCased.includes('application/x-www-form-urlencoded')) return [...new URLSearchParams(body)];
  if (!lowerCased.startsWith('multipart/form-data')) return [];
  try {
    const form = await new Response(body, { headers: { 'Content-Type': contentType } }).formData();
    return [...form].flatMap(([name, value]): [string, string][] => (typeof value === 'string' ? [[name, value]] : []));
  } catch {
    // Invalid multipart: Spring reads no parameters from it.
    return [];
  }
}

/** If a name is repeated, the last value is used; `name[member]` creates an object. */
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
