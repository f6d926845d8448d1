import type { Bean } from '../dialects/dialect.js';
import { castBean } from './reading/request-bean.js';
import { parseFastjson } from './reading/fastjson.js';
import { isObject } from './reading/json-object.js';
import type { RequestParams } from './reading/request-params.js';
import { GatewayRefusal } from './gateway-response.js';
import { textOf } from './call.js';

/** The members of channelExtra; none if it is empty. @throws GatewayRefusal code 10 if it is not a JSON object. */
export function parseChannelExtra(bean: Bean): RequestParams {
  const text = textOf(bean, 'channelExtra');
  if (text === '') return {};
  let extra: unknown;
  try {
    extra = parseFastjson(text);
  } catch {
    throw new GatewayRefusal('系统异常[channelExtra is not JSON]', 10);
  }
  if (!isObject(extra)) throw new GatewayRefusal('系统异常[channelExtra is no object]', 10);
  return extra;
}

/** A member as text, whatever the case of its name; `''` if it is missing. */
export function memberOf(extra: RequestParams, member: string): string {
  return textOf(castBean(extra, { [member]: 'String' }), member);
}
