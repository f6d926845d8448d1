import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { AxiosResponse } from 'axios';
import type { Call, ReceivedText } from '../../lib/client/call.js';
import type { ClientOptions } from '../../lib/client/client.options.js';
import { sendBy, urlOf } from '../../lib/client/send.js';
import { Attempt } from '../../lib/client/transport/attempt.js';
import { Pass2PayConnectionError, Pass2PayRateLimitError } from '../../lib/errors/pass2pay.errors.js';
import { ObservedRequest } from '../../lib/telemetry/gateway-telemetry.js';
import { NO_SPAN } from '../../lib/telemetry/spans.js';
import { callOf } from './support/calls.js';
import { rejectionOf } from './support/failure-of.js';
import { MemoryTransport, partsWith } from './support/pipeline-parts.js';

const MESSAGE = { mchOrderNo: 'O 1&2', amount: 5, isTest: false };

class Observed extends ObservedRequest {
  readonly steps: unknown[] = [];
  override sending(): void {
    this.steps.push('sending');
  }
  override answered(status: number): void {
    this.steps.push(status);
  }
}

/** An attempt of which an interceptor has sent the request before. */
class Resent extends Attempt {
  override get mayHaveActed(): boolean {
    return true;
  }
}

let transport: MemoryTransport;
let request: Observed;
beforeEach(() => {
  transport = new MemoryTransport();
  request = new Observed(NO_SPAN);
});

async function send(
  response: Partial<AxiosResponse<string>> | Error = {},
  call: Partial<Call> = {},
  options: Partial<ClientOptions> = {},
): Promise<ReceivedText> {
  transport = new MemoryTransport(async () => (response instanceof Error ? Promise.reject(response) : response));
  const parts = partsWith(transport, options);
  return sendBy(parts.transport, parts.options)(callOf({ request, ...call }), MESSAGE);
}

describe('sending a message', () => {
  it('posts it as JSON, follows no redirect and reads the text as it is', async () => {
    await send({}, {}, { transport: { maxResponseBytes: 5_000 } });
    expect(transport.sent).toStrictEqual([
      {
        method: 'POST',
        url: 'https://api.example/api/pay/cashierOrder',
        transformResponse: [],
        validateStatus: null,
        maxRedirects: 0,
        maxContentLength: 5_000,
        data: '{"mchOrderNo":"O 1&2","amount":5,"isTest":false}',
        headers: { 'Content-Type': 'application/json;charset=UTF-8' },
      },
    ]);
  });

  it('posts it as a form if the options say so', async () => {
    await send({}, {}, { requestFormat: 'form' });
    expect(transport.sent).toMatchObject([
      {
        data: 'mchOrderNo=O+1%262&amount=5&isTest=false',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      },
    ]);
  });

  it('makes the request as part of the call’s attempt', async () => {
    const attempts: Attempt[] = [];
    const watched = new MemoryTransport(async (given) => {
      attempts.push(given);
      return {};
    });
    const { transport: asTransport, options } = partsWith(watched);
    const attempt = new Attempt();
    await sendBy(asTransport, options)(callOf({ attempt }), MESSAGE);
    expect(attempts).toEqual([attempt]);
    expect(attempts[0]).toBe(attempt);
  });

  it.each([200, 299])('returns the text of a response with HTTP status %d', async (status) => {
    expect(await send({ status, data: 'text' })).toStrictEqual({ status, text: 'text' });
    expect(request.steps).toEqual(['sending', status]);
  });

  it.each([199, 300, 500])('does not return the text of a response with HTTP status %d', async (status) => {
    const error = await rejectionOf(send({ status }));
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      httpStatus: status,
      mayHaveActed: true,
      mchOrderNo: 'O1',
    });
    expect(request.steps).toEqual(['sending', status]);
  });

  it('knows from HTTP status 404 that nothing was done, unless the request was sent before', async () => {
    expect(await rejectionOf(send({ status: 404 }))).toMatchObject({
      mayHaveActed: false,
      message: expect.stringContaining('api/pay/cashierOrder does not exist at baseUrl'),
    });
    expect(await rejectionOf(send({ status: 404 }, { attempt: new Resent() }))).toMatchObject({ mayHaveActed: true });
  });

  it('has an unknown outcome if the connection fails while the request may have arrived', async () => {
    const error = await rejectionOf(send(new Error('socket hang up'), { attempt: new Resent() }));
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({ code: 'PASS2PAY_CONNECTION', requestSent: true, mchOrderNo: 'O1' });
    expect(request.steps).toEqual(['sending']);
  });

  it('was not sent if the gateway could not be reached, unless it was sent before', async () => {
    const unreachable = Object.assign(new Error('refused'), { syscall: 'connect', code: 'ECONNREFUSED' });
    expect(await rejectionOf(send(unreachable))).toMatchObject({ requestSent: false });
    expect(await rejectionOf(send(unreachable, { attempt: new Resent() }))).toMatchObject({ requestSent: true });
  });

  it('ends as aborted, and possibly sent, if its signal was aborted', async () => {
    const signal = AbortSignal.abort('the payer left');
    expect(await rejectionOf(send(new Error('canceled'), { signal }))).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      requestSent: true,
      cause: 'the payer left',
      mchOrderNo: 'O1',
    });
    const { signal: open } = new AbortController();
    expect(await rejectionOf(send(new Error('lost'), { signal: open }))).toMatchObject({ code: 'PASS2PAY_CONNECTION' });
  });
});

describe('the gateway’s rate limit', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = FakeTimers.install({ now: Date.UTC(2024, 5, 1, 12), toFake: ['Date'] });
  });
  afterEach(() => clock.uninstall());

  it.each([
    ['7', 7_000],
    ['Sat, 01 Jun 2024 12:00:09 GMT', 9_000],
    [undefined, undefined],
  ])('is an error of its own with the wait that the header asks for (%s)', async (header, retryAfterMs) => {
    const error = await rejectionOf(send({ status: 429, headers: { 'retry-after': header } }));
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ retryAfterMs, limitedBy: 'gateway', mchOrderNo: 'O1' });
    expect(request.steps).toEqual(['sending', 429]);
  });

  it('proves nothing about a request that was sent before', async () => {
    expect(await rejectionOf(send({ status: 429 }, { attempt: new Resent() }))).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      mayHaveActed: true,
    });
  });
});

describe('the URL of an endpoint', () => {
  it.each(['https://api.example', 'https://api.example/', 'https://api.example//'])(
    'has one slash after %s',
    (baseUrl) => {
      expect(urlOf({ baseUrl }, 'api/pay/query')).toBe('https://api.example/api/pay/query');
    },
  );

  it('keeps the path of baseUrl', () => {
    expect(urlOf({ baseUrl: 'https://api.example/a/b/' }, 'api/pay/query')).toBe(
      'https://api.example/a/b/api/pay/query',
    );
  });
});
