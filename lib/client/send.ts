import type { AxiosResponse } from 'axios';
import { Pass2PayRateLimitError } from '../errors/pass2pay.errors.js';
import type { Message } from './call.js';
import type { ResolvedClientOptions } from './client.options.js';
import { httpStatusError, TOO_MANY_REQUESTS } from './http-status.js';
import type { Send } from './policies/sign-and-verify.js';
import { retryAfterMs } from './retry-after.js';
import { abortedError, transportError } from './transport-error.js';
import type { Transport } from './transport/transport.js';

type SendOptions = Pick<ResolvedClientOptions, 'baseUrl' | 'requestFormat' | 'transport'>;

/**
 * Posts messages to the gateway. Throws Pass2PayRateLimitError on HTTP 429, and Pass2PayConnectionError without a
 * response of HTTP status 2xx.
 */
export function sendBy(transport: Transport, options: SendOptions): Send {
  const encode = options.requestFormat === 'form' ? asForm : asJson;
  return async ({ endpoint, order, signal, request, attempt }, message) => {
    let response: AxiosResponse<string>;
    request!.sending();
    try {
      const config = {
        method: 'POST',
        url: urlOf(options, endpoint.path),
        // The raw text is needed, because JSON.parse would change the signed numbers.
        transformResponse: [],
        validateStatus: null,
        maxRedirects: 0,
        maxContentLength: options.transport.maxResponseBytes,
        // Last, because V8 is slower otherwise.
        ...encode(message),
      };
      response = await transport.request<string>(config, attempt!);
    } catch (error) {
      if (signal?.aborted) throw abortedError(signal, true, order);
      throw transportError(error, attempt!.mayHaveActed, order);
    }
    const { status, data: text } = response;
    const { mayHaveActed } = attempt!;
    request!.answered(status);
    // An interceptor may have sent the request already.
    if (status === TOO_MANY_REQUESTS && !mayHaveActed) {
      throw new Pass2PayRateLimitError(retryAfterMs(response.headers['retry-after'], Date.now()), 'gateway', order);
    }
    if (status < 200 || status > 299) throw httpStatusError(status, endpoint.path, { mayHaveActed, order });
    return { status, text };
  };
}

/** The URL of an endpoint. */
export function urlOf({ baseUrl }: Pick<ResolvedClientOptions, 'baseUrl'>, path: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/${path}`;
}

function asForm(message: Message) {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(message)) form.set(name, String(value));
  return {
    data: form.toString(),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
  };
}

function asJson(message: Message) {
  return { data: JSON.stringify(message), headers: { 'Content-Type': 'application/json;charset=UTF-8' } };
}
