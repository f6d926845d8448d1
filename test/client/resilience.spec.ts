import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { CircuitBreaker } from '../../lib/client/policies/circuit-breaker.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import {
  Pass2PayCircuitOpenError,
  Pass2PayError,
  Pass2PayRateLimitError,
  Pass2PayTimeoutError,
} from '../../lib/errors/pass2pay.errors.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer, type ReceivedRequest } from '../support/fake-server.js';
import { TestClock } from '../support/test-clock.js';
import { MERCHANT } from '../support/test-merchant.js';

/** Nothing listens on it, and no process is given it. */
const NOBODY = 'http://127.0.0.1:1';

const ORDER = { mchOrderNo: 'O1', amount: 100, registerTime: 1622016572190, custNo: 'C1' };

const CASHIER_DATA = {
  payOrderId: 'P1',
  mchOrderNo: 'O1',
  orderState: 0,
  payDataType: 'payUrl',
  payData: 'https://c.example/1',
};

const QUERY_DATA = {
  payOrderId: 'P1',
  mchOrderNo: 'O1',
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  amount: 100,
  currency: 'cny',
  state: 0,
};

const clock = TestClock.install();
const open: { close(): Promise<unknown> }[] = [];

/** What chance gives, 0 to 1; with 0, the waits before repetitions are 125, 250 and 500 ms. */
let chance: number;

beforeEach(() => {
  chance = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const closing of open.splice(0).toReversed()) await closing.close();
  // An unhandled rejection fails the test that is running: it gets a turn to come up.
  await nextTurn();
});
afterAll(() => clock.uninstall());

interface Shop {
  client: GatewayClient;
  cashier: CashierService;
  breaker: CircuitBreaker;
  query: (signal?: AbortSignal) => Promise<unknown>;
  close: (signal?: AbortSignal) => Promise<unknown>;
}

async function shop(baseUrl: string, options: Partial<Pass2PayOptions> = {}): Promise<Shop> {
  jest.spyOn(Math, 'random').mockImplementation(() => chance);
  const all = new Pass2PayClient({ baseUrl, merchants: [{ ...MERCHANT }], ...options });
  open.push(all);
  const { gateway: client, cashier } = all;
  return {
    client,
    cashier,
    breaker: client['parts'].breaker,
    query: (signal) => client.call('query', { mchOrderNo: 'O1' }, { signal }),
    close: (signal) => client.call({ path: 'api/pay/close', version: '1.0' }, { mchOrderNo: 'O1' }, { signal }),
  };
}

type Response = (response: ServerResponse, request: ReceivedRequest) => void;

interface Gateway extends FakeServer {
  /** How long after the one before it each request came, in ms of the test's clock. */
  waits(): number[];
  /** How many requests of each path came. */
  count(path: 'cashierOrder' | 'query'): number;
}

/** A gateway that gives the n-th request the n-th answer, and the last one from then on. */
async function gateway(...responses: [Response, ...Response[]]): Promise<Gateway> {
  const times: number[] = [];
  const server = await startServer((request, response) => {
    times.push(clock.now);
    const respond = responses[Math.min(times.length, responses.length) - 1]!;
    respond(response, request);
  });
  open.push(server);
  return Object.assign(server, {
    waits: () => times.slice(1).map((time, index) => time - times[index]!),
    count: (path: string) => server.requests.filter((request) => request.path.endsWith(`/${path}`)).length,
  });
}

const failing: Response = (response) => response.writeHead(500).end('{}');
const resetting: Response = (response) => response.destroy();
const silent: Response = () => undefined;
const refusing =
  (words: string): Response =>
  (response) =>
    response.end(JSON.stringify({ code: 9999, msg: words }));
const limiting =
  (retryAfter?: string): Response =>
  (response) =>
    response.writeHead(429, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end();
const unsigned: Response = (response) => response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data: QUERY_DATA }));
const well: Response = (response, { path }) => {
  const data = path.endsWith('/cashierOrder') ? CASHIER_DATA : QUERY_DATA;
  response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, MERCHANT.secrets) }));
};
const notFound = refusing('订单不存在');

const failure = async (call: Promise<unknown>): Promise<Pass2PayError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: Pass2PayError) => error,
  );

/** Lets a call wait so many times, and gives what it throws in the end. */
async function failureAfter(waits: number, call: Promise<unknown>): Promise<Pass2PayError> {
  const failed = failure(call);
  for (let passed = 0; passed < waits; passed += 1) await clock.passWait();
  return failed;
}

describe('repetitions', () => {
  it.each([0, 1, 3])('are as many as the options say: %i', async (retries) => {
    const server = await gateway(failing);
    const { query } = await shop(server.url, { retries });
    expect(await failureAfter(retries, query())).toMatchObject({ code: 'PASS2PAY_BAD_RESPONSE', httpStatus: 500 });
    expect(server.requests).toHaveLength(retries + 1);
  });

  it('are two where the options say nothing', async () => {
    const server = await gateway(failing);
    await failureAfter(2, (await shop(server.url)).query());
    expect(server.requests).toHaveLength(3);
  });

  it('end with the first good answer', async () => {
    const server = await gateway(failing, well);
    const call = (await shop(server.url)).query();
    await clock.passWait();
    await expect(call).resolves.toBeDefined();
    expect(server.requests).toHaveLength(2);
  });

  it.each([
    [0, [125, 250, 500]],
    [0.5, [187, 375, 750]],
    [1 - Number.EPSILON, [249, 499, 999]],
  ])(
    'come after waits that grow from a quarter of a second, up to half of each left to chance: %d',
    async (by, waits) => {
      chance = by;
      const server = await gateway(failing);
      await failureAfter(3, (await shop(server.url, { retries: 3 })).query());
      expect(server.waits()).toEqual(waits);
    },
  );

  it('wait no longer than the options allow', async () => {
    const server = await gateway(failing);
    const circuitBreaker = { failures: 10, halfOpenAfterMs: 1_000 };
    const { query } = await shop(server.url, { retries: 6, maxRetryDelayMs: 300, circuitBreaker });
    await failureAfter(6, query());
    expect(server.waits()).toEqual([125, 150, 150, 150, 150, 150]);
  });

  it('are not for calls that may change something', async () => {
    const server = await gateway(failing);
    await failure((await shop(server.url)).close());
    expect(server.requests).toHaveLength(1);
  });

  it('are not for what the gateway refused', async () => {
    const server = await gateway(notFound);
    expect(await failure((await shop(server.url)).query())).toMatchObject({ code: 'PASS2PAY_API' });
    expect(server.requests).toHaveLength(1);
  });

  it('carry a reqTime and a signature of their own', async () => {
    const server = await gateway(failing, well);
    const call = (await shop(server.url)).query();
    await clock.passWait();
    await call;
    const [first, second] = server.requests.map(({ body }) => JSON.parse(body) as Record<string, string | number>);
    expect(second!['reqTime']).toBe(Number(first!['reqTime']) + 125);
    const { sign: signature, ...sent } = second!;
    expect(signature).toBe(sign(sent, MERCHANT.secrets));
  });
});

describe('a 429', () => {
  it('that gives seconds is obeyed', async () => {
    const server = await gateway(limiting('1'), well);
    const call = (await shop(server.url)).cashier.createOrder(ORDER);
    await clock.passWait();
    await call;
    expect(server.waits()).toEqual([1_000]);
  });

  it('that gives a date is obeyed', async () => {
    const date = wholeSeconds(clock.now + 2_000);
    const server = await gateway(limiting(date.toUTCString()), well);
    const { cashier } = await shop(server.url);
    const waitMs = date.getTime() - clock.now;
    const call = cashier.createOrder(ORDER);
    await clock.passWait();
    await call;
    expect(server.waits()).toEqual([waitMs]);
  });

  it('that gives a time gone by, or 0, is followed at once', async () => {
    const server = await gateway(limiting(new Date(0).toUTCString()), limiting('0'), well);
    const { cashier } = await shop(server.url);
    expect((await cashier.createOrder(ORDER)).recovered).toBe(false);
    expect(server.waits()).toEqual([0, 0]);
  });

  it.each([
    ['nothing', undefined],
    ['what cannot be read', 'soon'],
  ])('that gives %s is followed after a wait of its own', async (_what, header) => {
    const server = await gateway(limiting(header), well);
    const call = (await shop(server.url)).cashier.createOrder(ORDER);
    await clock.passWait();
    await call;
    expect(server.waits()).toEqual([125]);
  });

  it.each([
    ['seconds', () => ['3600', 3_600_000] as const],
    [
      'a date',
      () => {
        const date = wholeSeconds(clock.now + 3_600_000);
        return [date.toUTCString(), date.getTime() - clock.now] as const;
      },
    ],
  ])('that asks in %s for more than the options allow is thrown at once', async (_what, asking) => {
    const [header, retryAfterMs] = asking();
    const server = await gateway(limiting(header));
    const { cashier, query } = await shop(server.url);
    const from = clock.now;
    for (const call of [() => cashier.createOrder(ORDER), query]) {
      const error = await failure(call());
      expect(error).toBeInstanceOf(Pass2PayRateLimitError);
      expect(error).toMatchObject({ retryAfterMs, limitedBy: 'gateway', mchOrderNo: 'O1', retryable: true });
    }
    expect(clock.now).toBe(from);
    expect(server.requests).toHaveLength(2);
  });

  it('is not waited out longer than the options allow, even when the wait is known exactly', async () => {
    const server = await gateway(limiting('2'));
    const { query } = await shop(server.url, { maxRetryDelayMs: 1_999 });
    expect(await failure(query())).toMatchObject({ retryAfterMs: 2_000 });
    expect(server.requests).toHaveLength(1);
  });

  /** As an HTTP date gives a time. */
  function wholeSeconds(ms: number): Date {
    return new Date(Math.floor(ms / 1_000) * 1_000);
  }
});

describe('the circuit breaker', () => {
  const circuitBreaker = { failures: 3, halfOpenAfterMs: 300 };
  const options = { retries: 0, circuitBreaker, timeoutMs: 1_000 };

  it.each([
    ['answers of 500', failing],
    ['broken connections', resetting],
    ['no answers', silent],
  ])('opens after several %s, and then sends nothing', async (_what, response) => {
    const server = await gateway(response);
    const { query, cashier, breaker } = await shop(server.url, options);
    for (let failed = 0; failed < 3; failed += 1) {
      expect(breaker.state).toBe('closed');
      const error = failure(query());
      await server.received(failed + 1);
      if (response === silent) await clock.tick(options.timeoutMs);
      expect(await error).not.toBeInstanceOf(Pass2PayCircuitOpenError);
    }
    expect(breaker.state).toBe('open');
    for (const call of [query, () => cashier.createOrder(ORDER)]) {
      const error = await failure(call());
      expect(error).toBeInstanceOf(Pass2PayCircuitOpenError);
      expect(error).toMatchObject({ retryAfterMs: 300, mchOrderNo: 'O1', retryable: true });
    }
    expect(server.requests).toHaveLength(3);
  });

  it('opens where nobody listens', async () => {
    const { query, breaker } = await shop(NOBODY, options);
    for (let failed = 0; failed < 3; failed += 1) expect(await failure(query())).toMatchObject({ requestSent: false });
    expect(breaker.state).toBe('open');
  });

  it('tries one request after its time, opens again when that fails, and closes when it succeeds', async () => {
    const server = await gateway(failing, failing, failing, failing, well);
    const { query, breaker } = await shop(server.url, options);
    for (let failed = 0; failed < 3; failed += 1) await failure(query());

    await clock.tick(circuitBreaker.halfOpenAfterMs - 1);
    expect(await failure(query())).toBeInstanceOf(Pass2PayCircuitOpenError);
    await clock.tick(1);
    expect(await failure(query())).toMatchObject({ httpStatus: 500 });
    expect(await failure(query())).toBeInstanceOf(Pass2PayCircuitOpenError);
    expect(server.requests).toHaveLength(4);

    await clock.tick(circuitBreaker.halfOpenAfterMs);
    const calls = [query(), query(), query()];
    expect(breaker.state).not.toBe('closed');
    await Promise.all(calls);
    expect(breaker.state).toBe('closed');
    expect(server.requests).toHaveLength(7);
  });

  it.each([
    ['refusals', notFound],
    ['429s', limiting('3600')],
    ['answers without a signature', unsigned],
    ['answers of 404', ((response) => response.writeHead(404).end('{}')) satisfies Response],
  ])('is not opened by %s', async (_what, response) => {
    const server = await gateway(response);
    const { query, breaker } = await shop(server.url, options);
    for (let call = 0; call < 5; call += 1) await failure(query());
    expect(server.requests).toHaveLength(5);
    expect(breaker.state).toBe('closed');
  });

  it('is not opened by callers who give up', async () => {
    const server = await gateway(silent);
    const { query, breaker } = await shop(server.url, { ...options, timeoutMs: 10_000 });
    for (let call = 0; call < 5; call += 1) {
      const caller = new AbortController();
      const given = failure(query(caller.signal));
      await server.received(call + 1);
      caller.abort();
      await given;
    }
    expect(breaker.state).toBe('closed');
  });

  it('counts failures in a row only', async () => {
    const server = await gateway(failing, failing, well, failing, failing, well);
    const { query, breaker } = await shop(server.url, options);
    for (let call = 0; call < 6; call += 1) await query().catch(() => undefined);
    expect(breaker.state).toBe('closed');
    expect(server.requests).toHaveLength(6);
  });

  it('does not hide that an order may exist: it opens between the create and the query', async () => {
    const server = await gateway(resetting);
    const { cashier } = await shop(server.url, { ...options, circuitBreaker: { failures: 1, halfOpenAfterMs: 5_000 } });
    expect(await failure(cashier.createOrder(ORDER))).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('the limit of concurrent requests', () => {
  /** A gateway that answers only when it is told to. */
  async function slowGateway() {
    const waiting: (() => void)[] = [];
    const seen = { most: 0 };
    const server = await gateway((response, request) => {
      waiting.push(() => well(response, request));
      seen.most = Math.max(seen.most, waiting.length);
    });
    return { server, seen, waiting, responseOne: () => waiting.shift()!() };
  }

  it('holds at the gateway; the rest wait, and what is too many is refused unsent', async () => {
    const { server, seen, waiting, responseOne } = await slowGateway();
    const { query } = await shop(server.url, { maxConcurrent: 3, maxQueued: 5, retries: 0 });
    const calls = Array.from({ length: 8 }, () => query());
    await server.received(3);
    const error = await failure(query());
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ limitedBy: 'options', retryAfterMs: undefined, mchOrderNo: 'O1' });
    expect(server.requests).toHaveLength(3);
    for (let answered = 0; answered < 8; answered += 1) {
      await server.received(Math.min(answered + 3, 8));
      responseOne();
    }
    await Promise.all(calls);
    expect(seen.most).toBe(3);
    expect(waiting).toEqual([]);
    expect(server.requests).toHaveLength(8);
  });

  it('does not use up the time of those that wait', async () => {
    const { server, responseOne } = await slowGateway();
    const { query } = await shop(server.url, { maxConcurrent: 1, timeoutMs: 450, retries: 0 });
    const calls = [query(), query(), query(), query()];
    for (let count = 1; count <= calls.length; count += 1) {
      await server.received(count);
      await clock.tick(449);
      responseOne();
    }
    await expect(Promise.all(calls)).resolves.toHaveLength(4);
    expect(server.waits()).toEqual([449, 449, 449]);
  });

  it('lets a request that waits be given up at once, and sends the next one in its place', async () => {
    const { server, responseOne } = await slowGateway();
    const { query, close } = await shop(server.url, { maxConcurrent: 1, retries: 0 });
    const first = query();
    await server.received(1);
    const stop = new AbortController();
    const queued = failure(close(stop.signal));
    // On its way into the queue it waits for nothing outside.
    await nextTurn();
    const next = query();
    stop.abort('enough');
    expect(await queued).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false, cause: 'enough' });
    responseOne();
    await first;
    await server.received(2);
    responseOne();
    await next;
    expect(server.requests.map(({ path }) => path)).toEqual(['/api/pay/query', '/api/pay/query']);
  });

  it('is free again after a timeout', async () => {
    const server = await gateway(silent, well);
    const { query } = await shop(server.url, { maxConcurrent: 1, timeoutMs: 100, retries: 0 });
    const [lost, next] = [failure(query()), query()];
    await server.received(1);
    await clock.tick(99);
    expect(server.requests).toHaveLength(1);
    await clock.tick(1);
    expect(await lost).toBeInstanceOf(Pass2PayTimeoutError);
    await expect(next).resolves.toBeDefined();
  });
});

describe('the limit of requests per minute', () => {
  it('holds per endpoint and merchant, and says when to come again', async () => {
    const server = await gateway(well);
    const merchants = [{ ...MERCHANT }, { ...MERCHANT, mchNo: 'M2', appId: 'A2' }];
    const { client } = await shop(server.url, { requestsPerMinute: { query: 3 }, merchants });
    const call = (endpoint: 'query' | 'transferQuery', appId: string) =>
      client.call(endpoint, { mchOrderNo: 'O1' }, { merchant: { appId } });
    for (let allowed = 0; allowed < 3; allowed += 1) await call('query', 'A1');
    const error = await failure(call('query', 'A1'));
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ limitedBy: 'options', retryAfterMs: 60_000, mchOrderNo: 'O1', retryable: true });
    expect(server.requests).toHaveLength(3);

    await call('transferQuery', 'A1');
    await call('query', 'A2');
    expect(server.requests).toHaveLength(5);

    await clock.tick(50_000);
    expect(await failure(call('query', 'A1'))).toMatchObject({ retryAfterMs: 10_000 });
    await clock.tick(10_000);
    await call('query', 'A1');
    expect(server.requests).toHaveLength(6);
  });

  it('keeps a create from being sent, which is no unknown outcome', async () => {
    const server = await gateway(well);
    const { cashier } = await shop(server.url, { requestsPerMinute: { cashierOrder: 3 } });
    for (let allowed = 0; allowed < 3; allowed += 1) await cashier.createOrder(ORDER);
    expect(await failure(cashier.createOrder(ORDER))).toMatchObject({
      code: 'PASS2PAY_RATE_LIMIT',
      limitedBy: 'options',
      retryAfterMs: 60_000,
    });
    expect(server.requests).toHaveLength(3);
  });

  it('counts repetitions, and what it holds back from a query leaves the outcome unknown', async () => {
    const server = await gateway(resetting);
    const { cashier } = await shop(server.url, { requestsPerMinute: { query: 1 } });
    expect(await failureAfter(1, cashier.createOrder(ORDER))).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
    expect([server.count('cashierOrder'), server.count('query')]).toEqual([1, 1]);
  });

  it('lets a call wait where the options allow it, until its caller gives up', async () => {
    const server = await gateway(well);
    const { query } = await shop(server.url, { requestsPerMinute: { query: 1 }, maxRetryDelayMs: 600_000 });
    await query();
    const caller = new AbortController();
    const [given, patient] = [failure(query(caller.signal)), query()];
    expect([await clock.nextWait(), await clock.nextWait()]).toEqual([60_000, 60_000]);
    caller.abort();
    expect(await given).toMatchObject({ code: 'PASS2PAY_ABORTED' });
    await clock.tick(60_000);
    await patient;
    expect(server.waits()).toEqual([60_000]);
  });

  it('lets no call that waits hold up the end of the application', async () => {
    const server = await gateway(well);
    const { query } = await shop(server.url, { requestsPerMinute: { query: 1 }, maxRetryDelayMs: 600_000 });
    await query();
    const waiting = failure(query());
    expect(await clock.nextWait()).toBe(60_000);
    await open.pop()!.close();
    expect(await waiting).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a caller who gives up a create', () => {
  /** Gives up when it is time to. */
  async function givingUp(server: Gateway, isTime: () => Promise<unknown>) {
    const { cashier } = await shop(server.url);
    const stop = new AbortController();
    const call = failure(cashier.createOrder(ORDER, { signal: stop.signal }));
    await isTime();
    const from = clock.now;
    stop.abort('enough');
    const error = await call;
    expect(clock.now).toBe(from);
    return error;
  }

  it('before it begins sent nothing', async () => {
    const server = await gateway(well);
    const { cashier } = await shop(server.url);
    expect(await failure(cashier.createOrder(ORDER, { signal: AbortSignal.abort('enough') }))).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      requestSent: false,
    });
    expect(server.requests).toEqual([]);
  });

  it('while it is under way does not know the outcome', async () => {
    const server = await gateway(silent);
    expect(await givingUp(server, () => server.received(1))).toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      mchOrderNo: 'O1',
      cause: { code: 'PASS2PAY_ABORTED', cause: 'enough' },
    });
    // Closed, the application has sent all that it ever will.
    await open.pop()!.close();
    expect(server.requests).toHaveLength(1);
  });

  it('while it is looked for does not know the outcome', async () => {
    const server = await gateway(resetting, silent);
    expect(await givingUp(server, () => server.received(2))).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
  });

  it('while it waits to be sent again does not know the outcome, once a request may have been acted on', async () => {
    const server = await gateway(resetting, notFound, limiting('4'), notFound);
    const isTime = async () => expect([await clock.passWait(), await clock.nextWait()]).toEqual([125, 4_000]);
    expect(await givingUp(server, isTime)).toMatchObject({ code: 'PASS2PAY_OUTCOME_UNKNOWN' });
    await clock.tick(4_000);
    await open.pop()!.close();
    expect(server.requests).toHaveLength(4);
  });

  it('while it waits to be sent again knows that nothing was made, where the gateway only put it off', async () => {
    const server = await gateway(limiting('4'));
    const isTime = async () => expect(await clock.nextWait()).toBe(4_000);
    expect(await givingUp(server, isTime)).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      requestSent: false,
      mchOrderNo: 'O1',
      cause: 'enough',
    });
  });

  it('sends nothing afterwards, when the wait is over, and uses up nothing of a limit', async () => {
    const server = await gateway(limiting('1'), well);
    const { cashier } = await shop(server.url, { requestsPerMinute: { cashierOrder: 2 } });
    const stop = new AbortController();
    const call = failure(cashier.createOrder(ORDER, { signal: stop.signal }));
    expect(await clock.nextWait()).toBe(1_000);
    stop.abort();
    await call;
    await clock.tick(1_000);
    await expect(cashier.createOrder(ORDER)).resolves.toMatchObject({ recovered: false });
    expect(server.requests).toHaveLength(2);
  });
});
