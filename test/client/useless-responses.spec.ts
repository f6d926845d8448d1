import { afterEach, describe, expect, it } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import {
  Pass2PayConnectionError,
  Pass2PayOutcomeUnknownError,
  type Pass2PayError,
} from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer, type ReceivedRequest } from '../support/fake-server.js';
import { MERCHANT } from '../support/test-merchant.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

type Respond = (request: ReceivedRequest, response: ServerResponse, nth: number) => void;

async function gateway(respond: Respond, options: Partial<Pass2PayOptions> = {}) {
  let nth = 0;
  const server = await startServer((request, response) => respond(request, response, (nth += 1)));
  const client = new Pass2PayClient({ baseUrl: server.url, merchants: [{ ...MERCHANT }], retries: 0, ...options });
  open.push(server, client);
  return { server, client };
}

const ORDER = { mchOrderNo: 'O1', amount: 100, registerTime: 1622016572190, custNo: 'C200492312' };
const PAYMENT = { ...ORDER, wayCode: 'ALI_QR', clientIp: '210.73.10.148' };
const CRYPTO = { ...ORDER, clientIp: '210.73.10.148', currency: 'USDT', chain: '1', subject: 's', body: '0' } as const;
const { registerTime: _none, ...RECEIVER } = ORDER;
const TRANSFER = { ...RECEIVER, clientIp: '210.73.10.148', accountNo: '6222020200112233445' };

const CREATES: Record<string, (client: Pass2PayClient) => Promise<unknown>> = {
  cashierOrder: ({ cashier }) => cashier.createOrder(ORDER),
  unifiedOrder: ({ payments }) => payments.createOrder(PAYMENT),
  cryptoOrder: ({ payments }) => payments.createCryptoOrder(CRYPTO as never),
  transferOrder: ({ transfers }) => transfers.createTransfer(TRANSFER),
};
const QUERIES: Record<string, (client: Pass2PayClient) => Promise<unknown>> = {
  'an order': ({ cashier }) => cashier.queryOrder({ mchOrderNo: 'O1' }),
  'a transfer': ({ transfers }) => transfers.queryTransfer({ mchOrderNo: 'O1' }),
  'a refund, by the call beneath': (client) =>
    client.gateway.call({ path: 'api/refund/query', version: '1.0', repeatable: true }, { mchOrderNo: 'O1' }),
};

const failure = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: Pass2PayError) => error,
  );

const NOT_FOUND = JSON.stringify({ code: 9999, msg: '订单不存在' });
/** As Spring answers what it has no handler for. */
const spring = (status: number, path: string) =>
  JSON.stringify({ timestamp: '2026-11-25 12:00:00', status, error: 'Not Found', path });

const pathsOf = ({ requests }: FakeServer) => requests.map(({ path }) => path);

describe.each(Object.entries(CREATES))('B3: a %s that is answered with', (_endpoint, create) => {
  it.each([404, 405])('HTTP %d was not acted on: no query, and baseUrl is to be checked', async (status) => {
    const { server, client } = await gateway(
      ({ path }, response) => response.writeHead(status).end(spring(status, path)),
      { retries: 2 },
    );
    const error = await failure(create(client));
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      httpStatus: status,
      mchOrderNo: 'O1',
      mayHaveActed: false,
      retryable: false,
      message: expect.stringMatching(new RegExp(`HTTP status ${status}: .*nothing was done\\. Check baseUrl`)),
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308, 400, 401, 403, 408, 409, 410, 413, 414, 415, 421, 422, 500, 501, 502, 503, 504])(
    'HTTP %d may have been acted on: the order is looked for',
    async (status) => {
      const { server, client } = await gateway((_request, response, nth) =>
        nth === 1 ? response.writeHead(status).end() : response.end(NOT_FOUND),
      );
      const error = await failure(create(client));
      expect(error).toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(error.cause).toMatchObject({
        httpStatus: status,
        mayHaveActed: true,
        message: expect.stringContaining('It may have processed the request'),
      });
      expect(server.requests).toHaveLength(2);
    },
  );
});

describe('B3: a status that proves that nothing was done', () => {
  it('proves it of its own request only: an earlier create may have been stored', async () => {
    const { server, client } = await gateway(
      ({ path }, response, nth) => {
        if (nth === 1) response.destroy();
        else if (path.endsWith('query')) response.end(NOT_FOUND);
        else response.writeHead(404).end(spring(404, path));
      },
      { retries: 1, maxRetryDelayMs: 1 },
    );
    const error = await failure(CREATES.cashierOrder!(client));
    expect(error).toBeInstanceOf(Pass2PayOutcomeUnknownError);
    expect(error.cause).toMatchObject({ httpStatus: 404 });
    expect(pathsOf(server).filter((path) => path.endsWith('cashierOrder'))).toHaveLength(2);
  });

  it.each([404, 405, 429])(
    'HTTP %d proves nothing where an interceptor had sent the request before',
    async (status) => {
      const { server, client } = await gateway(({ path }, response, nth) => {
        if (nth === 1) response.destroy();
        else if (path.endsWith('query')) response.end(NOT_FOUND);
        else response.writeHead(status).end();
      });
      client.gateway.axios.interceptors.response.use(undefined, (error: { config: object }) =>
        client.gateway.axios.request(error.config),
      );
      const error = await failure(CREATES.cashierOrder!(client));
      expect(error).toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(error.cause).toMatchObject({ httpStatus: status, mayHaveActed: true });
      expect(pathsOf(server)).toEqual(['/api/pay/cashierOrder', '/api/pay/cashierOrder', '/api/pay/query']);
    },
  );

  it('is told of the last answer where an interceptor sent a request again that was held back', async () => {
    const { client } = await gateway((_request, response, nth) => response.writeHead(nth === 1 ? 429 : 404).end());
    client.gateway.axios.interceptors.response.use((response) =>
      response.status === 429 ? client.gateway.axios.request(response.config) : response,
    );
    expect(await failure(CREATES.cashierOrder!(client))).toMatchObject({ httpStatus: 404, mayHaveActed: false });
  });

  it('ends a query at once', async () => {
    const { server, client } = await gateway(({ path }, response) => response.writeHead(404).end(spring(404, path)), {
      retries: 2,
    });
    const error = await failure(client.cashier.queryOrder({ mchOrderNo: 'O1' }));
    expect(error).toMatchObject({
      httpStatus: 404,
      message: expect.stringContaining('api/pay/query does not exist at baseUrl'),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('of a redirect is none, and the error says what is likely wrong', async () => {
    const { client } = await gateway((_request, response) =>
      response.writeHead(301, { Location: 'https://pay.example/' }).end(),
    );
    const error = await failure(client.cashier.queryOrder({ mchOrderNo: 'O1' }));
    expect(error.message).toContain('HTTP status 301, a redirect, which is not followed: check that baseUrl');
  });
});

const OTHER = { mchOrderNo: 'O2', payOrderId: 'P2', transferId: 'T2', mchNo: MERCHANT.mchNo, appId: MERCHANT.appId };
const OTHER_DATA = { ...OTHER, amount: 100, currency: 'cny', state: 1 };
const signed = (data: Record<string, string | number>) => sign(data, MERCHANT.secrets);

/** What a response may be that nobody can use, and how the error calls it. */
const USELESS: readonly [string, string, string][] = [
  ['nothing', '', 'is empty'],
  ['blanks', ' \r\n\t ', 'is empty'],
  ['null', 'null', 'is not a JSON object'],
  ['a list', '[]', 'is not a JSON object'],
  ['HTML', '<html><body>Welcome</body></html>', 'HTML or XML'],
  ['cut JSON', '{"code":0,"data":{"mchOrderNo":"O', 'is not a JSON object'],
  ['no code', '{"data":{}}', 'has no numeric code'],
  ['no data', '{"code":0,"msg":"SUCCESS"}', 'success without data'],
  ['no signature', JSON.stringify({ code: 0, data: OTHER_DATA }), 'has no signature'],
  ['a wrong signature', JSON.stringify({ code: 0, data: OTHER_DATA, sign: signed({}) }), 'has an invalid signature'],
];
const MAY_HAVE_ACTED = /may have processed/i;

describe.each(Object.entries(QUERIES))('B12: a query for %s', (_name, query) => {
  it.each(USELESS)('that is answered with %s is safe to repeat, and says so', async (_what, body, words) => {
    const { client } = await gateway((_request, response) => response.end(body));
    const { message } = await failure(query(client));
    expect(message).toContain(words);
    expect(message).toMatch(/The query changes nothing and is safe to repeat\.$/);
    expect(message).not.toMatch(MAY_HAVE_ACTED);
  });

  it.each<[string, Respond, Partial<Pass2PayOptions>]>([
    ['HTTP 500', (_request, response) => void response.writeHead(500).end(), {}],
    ['a connection that breaks', (_request, response) => void response.destroy(), {}],
    ['silence', () => undefined, { timeoutMs: 50 }],
  ])('that is answered with %s never says that the gateway may have acted', async (_what, respond, options) => {
    const { client } = await gateway(respond, options);
    const { message } = await failure(query(client));
    expect(message).toMatch(/safe to repeat\.$/);
    expect(message).not.toMatch(MAY_HAVE_ACTED);
  });
});

it.each(['an order', 'a transfer'])(
  'B12: a query for %s that is answered about another one is safe to repeat',
  async (which) => {
    const text = JSON.stringify({ code: 0, data: OTHER_DATA, sign: signed(OTHER_DATA) });
    const { client } = await gateway((_request, response) => response.end(text));
    const error = await failure(QUERIES[which]!(client));
    expect(error).toMatchObject({ code: 'PASS2PAY_BAD_RESPONSE', mayHaveActed: false, retryable: true });
    expect(error.message).toMatch(/is for a different (order|transfer) than O1\. The query changes nothing/);
  },
);

describe('B12: a call that changes something', () => {
  /** As the open platform answers the closing of an order whose channel cannot close. */
  const close = (client: Pass2PayClient, signal?: AbortSignal) =>
    client.gateway.call({ path: 'api/pay/close', version: '1.0' }, { mchOrderNo: 'O1' }, { signal });

  it.each(USELESS)('that is answered with %s may have been acted on', async (_what, body, words) => {
    const { client } = await gateway((_request, response) => response.end(body));
    const { message } = await failure(close(client));
    expect(message).toContain(words);
    expect(message).toMatch(MAY_HAVE_ACTED);
  });

  it('names an empty response and its HTTP status', async () => {
    const { client } = await gateway((_request, response) => response.end());
    expect(await failure(close(client))).toMatchObject({
      code: 'PASS2PAY_BAD_RESPONSE',
      httpStatus: 200,
      mayHaveActed: true,
      message:
        "The gateway's response is empty (HTTP status 200). It may have processed the request: query the order before you repeat or replace it.",
    });
  });

  it('does not open the circuit by an unreadable response', async () => {
    const { server, client } = await gateway((_request, response) => response.end(), {
      circuitBreaker: { failures: 1, halfOpenAfterMs: 60_000 },
    });
    await failure(close(client));
    await failure(close(client));
    expect(server.requests).toHaveLength(2);
  });

  it('that its caller ends may have been acted on, and a query may not', async () => {
    const { server, client } = await gateway(() => undefined);
    const stop = new AbortController();
    const calls = [close(client, stop.signal), client.gateway.call('query', {}, { signal: stop.signal })].map(failure);
    await server.received(2);
    stop.abort();
    const [closed, queried] = await Promise.all(calls);
    expect(closed).toMatchObject({ code: 'PASS2PAY_ABORTED', mayHaveActed: true });
    expect(queried).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: true, mayHaveActed: false });
    expect(queried!.message).toMatch(/safe to repeat\.$/);
  });
});
