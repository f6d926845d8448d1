import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RawRequest } from '../../../lib/notify/notify-body.js';

/** A request of Node without a connection; a test pushes its body. */
export function requestOf(members: Partial<RawRequest> = {}): RawRequest {
  return Object.assign(new IncomingMessage(new Socket()), { url: '/pay/notify', httpVersionMajor: 1 }, members);
}

/** A request, its response, and what was sent. */
export function exchange(members?: Partial<RawRequest>) {
  const request = requestOf(members);
  const response = new ServerResponse(request);
  const texts: unknown[] = [];
  const end = response.end.bind(response);
  Object.assign(response, {
    end: (text: string) => {
      texts.push(text);
      return end(text);
    },
  });
  const sent = () => ({ status: response.statusCode, headers: { ...response.getHeaders() }, texts });
  return { request, response, sent };
}
