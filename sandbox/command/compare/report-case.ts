import { type ReceivedResponse, readObject, textOf } from './compare-responses.js';
import type { CompareCase } from './compare-case.js';
import type { ReportedRequest, ReportedResponse } from './report.js';
import { type PlaceholderValues, resolved } from './write-request.js';

/** @throws MissingPlaceholderError */
export function reportRequest(one: CompareCase, values: PlaceholderValues): ReportedRequest {
  const { endpoint, method, path, contentType, signing, body, unsigned = {} } = one;
  return {
    endpoint,
    method,
    path,
    ...(contentType !== undefined && { contentType }),
    signature: signing,
    ...(body === undefined ? { params: without('sign', { ...resolved(one.params, values), ...unsigned }) } : { body }),
  };
}

export function reportResponse({ status, contentType, body }: ReceivedResponse): ReportedResponse {
  const json = readObject(body);
  const data = json && typeof json['data'] === 'object' && json['data'] !== null ? json['data'] : undefined;
  return {
    status,
    ...(contentType !== undefined && { contentType }),
    ...(json?.['code'] !== undefined && { code: textOf(json['code']) }),
    ...(json?.['msg'] !== undefined && { msg: textOf(json['msg']) }),
    ...(json && { members: Object.keys(without('traceId', json)).join(', ') }),
    ...(data && { dataMembers: Object.keys(data).join(', ') }),
  };
}

function without<T>(name: string, members: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter(([member]) => member !== name));
}
