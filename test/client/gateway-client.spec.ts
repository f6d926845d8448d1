import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PayRateLimitError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
  Pass2PayValidationError,
  type Pass2PayError,
} from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { TestClock } from '../support/test-clock.js';
import { MERCHANT } from '../support/test-merchant.js';

const SECRET: string = MERCHANT.secrets;
const clock = TestClock.install();
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});
afterAll(() => clock.uninstall());

async function client(baseUrl: string, options: Partial<Pass2PayOptions> = {}): Promise<GatewayClient> {
  const all = new Pass2PayClient({ baseUrl, merchants: [{ ...MERCHANT }], retries: 0, ...options });
  open.push(all);
  return all.gateway;
}

async function gateway(response: Parameters<typeof startServer>[0]): Promise<FakeServer> {
  const server = await startServer(response);
  open.push(server);
  return server;
}

/** A gateway that answers every request with the same text. */
const answering = (text: string, status = 200, headers: Record<string, string> = {}) =>
  gateway((_request, response) => response.writeHead(status, headers).end(text));

const failure = async (call: Promise<unknown>): Promise<Pass2PayError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error: Pass2PayError) => error,
  );

/** The envelope around data as it stands on the wire; the signature is over the literals given. */
const envelope = (data: string, signed: Record<string, string>, secret = SECRET) =>
  `{"code":0,"msg":"SUCCESS","data":${data},"sign":"${sign(signed, secret)}","traceId":"t1"}`;

describe('what goes out', () => {
  const ok = () => answering(envelope('{"a":"1"}', { a: '1' }));

  it('carries mchNo, appId, a 13-digit reqTime, the version, signType and a signature over all of it', async () => {
    const server = await ok();
    await (await client(server.url)).call('cashierOrder', { mchOrderNo: 'O1', amount: 8, extParam: '', body: null });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/api/pay/cashierOrder' });
    expect(request!.headers['content-type']).toBe('application/json;charset=UTF-8');
    const { sign: signature, ...sent } = JSON.parse(request!.body) as Record<string, string>;
    expect(sent).toEqual({
      mchOrderNo: 'O1',
      amount: 8,
      mchNo: 'M1',
      appId: 'A1',
      reqTime: clock.now,
      version: '1.1',
      signType: 'MD5',
    });
    expect(String(sent.reqTime)).toMatch(/^\d{13}$/);
    expect(signature).toBe(sign(sent, SECRET));
  });

  it('is the same as a form, signed over the same text', async () => {
    const server = await ok();
    const params = { mchOrderNo: 'O 1+2&3=4', amount: 8, channelExtra: '{"a":"ä €"}' };
    await (await client(server.url, { requestFormat: 'form' })).call('cashierOrder', params);
    const [request] = server.requests;
    expect(request!.headers['content-type']).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    const { sign: signature, ...sent } = Object.fromEntries(new URLSearchParams(request!.body));
    expect(sent).toMatchObject({ mchOrderNo: 'O 1+2&3=4', amount: '8', channelExtra: '{"a":"ä €"}', version: '1.1' });
    expect(signature).toBe(sign(sent, SECRET));
  });

  it('has version 1.0 for queries, and the version that the options give', async () => {
    const server = await ok();
    const gatewayClient = await client(`${server.url}/`, { versions: { query: '1.2', cashierOrder: '1.0.3' } });
    await gatewayClient.call('transferQuery', {});
    await gatewayClient.call('query', {});
    await gatewayClient.call('cashierOrder', {});
    await gatewayClient.call({ path: 'api/pay/close', version: '2.0' }, {});
    expect(server.requests.map(({ path, body }) => [path, (JSON.parse(body) as { version: string }).version])).toEqual([
      ['/api/transfer/query', '1.0'],
      ['/api/pay/query', '1.2'],
      ['/api/pay/cashierOrder', '1.0.3'],
      ['/api/pay/close', '2.0'],
    ]);
  });

  it('is signed with the first of several secrets', async () => {
    const server = await ok();
    const merchants = [{ ...MERCHANT, secrets: [SECRET, 'the one before 0123'] }];
    await (await client(server.url, { merchants })).call('query', {});
    const { sign: signature, ...sent } = JSON.parse(server.requests[0]!.body) as Record<string, string>;
    expect(signature).toBe(sign(sent, SECRET));
  });

  it.each([
    ['an object', { channelExtra: { a: 1 } as never }, /channelExtra is an object.*JSON\.stringify/],
    ['a parameter that the module fills in', { sign: 'x' }, /sign is set by the module/],
  ])('never is %s', async (_what, params, message) => {
    const server = await ok();
    const error = await failure((await client(server.url)).call('cashierOrder', params));
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    expect(error.message).toMatch(message);
    expect(server.requests).toEqual([]);
  });

  it('names the app that the caller chose', async () => {
    const server = await ok();
    const other = { mchNo: 'M2', appId: 'A2', secrets: 'another secret 0123456789' };
    const gatewayClient = await client(server.url, { merchants: [{ ...MERCHANT }, other] });
    expect(await failure(gatewayClient.call('query', {}))).toMatchObject({
      code: 'PASS2PAY_VALIDATION',
      message: expect.stringContaining('merchant is required'),
    });
    expect(await failure(gatewayClient.call('query', {}, { merchant: { appId: 'A3' } }))).toMatchObject({
      message: expect.stringContaining('A3 is not configured'),
    });
    // The answer is signed with M1's secret: M2's call must not take it.
    expect(await failure(gatewayClient.call('query', {}, { merchant: { appId: 'A2' } }))).toBeInstanceOf(
      Pass2PaySignatureError,
    );
    const { sign: signature, ...sent } = JSON.parse(server.requests[0]!.body) as Record<string, string>;
    expect(sent).toMatchObject({ mchNo: 'M2', appId: 'A2' });
    expect(signature).toBe(sign(sent, other.secrets));
  });
});

describe('what comes back', () => {
  it.each([
    ['a decimal whose zero counts', '{"rate":0.30}', { rate: '0.30' }, { rate: 0.3 }],
    ['an exponent', '{"big":1E+3}', { big: '1E+3' }, { big: 1000 }],
    ['an integer beyond 2^53', '{"id":9007199254740993}', { id: '9007199254740993' }, { id: '9007199254740993' }],
    ['null and empty members', '{"a":null,"b":"","c":1}', { c: '1' }, { a: null, b: '', c: 1 }],
    ['escapes', '{"a":"\\u5546\\/\\u003C"}', { a: '商/<' }, { a: '商/<' }],
    ['a boolean', '{"a":false}', { a: 'false' }, { a: false }],
    ['an empty object', '{}', {}, {}],
    ['an object in wire order', '{"o":{"b":1.0,"a":"x"}}', { o: '{"b":1.0,"a":"x"}' }, { o: { b: 1, a: 'x' } }],
  ])('is verified by its wire text: %s', async (_what, data, signed, expected) => {
    const server = await answering(envelope(data, signed));
    const response = await (await client(server.url)).call('query', {});
    expect(response).toMatchObject({ data: expected, traceId: 't1' });
  });

  it('may be signed with any live secret, in lower case too', async () => {
    const text = envelope('{"a":1}', { a: '1' }, 'the one before 0123').replace(/[0-9A-F]{32}/, (hex) =>
      hex.toLowerCase(),
    );
    const server = await answering(text);
    const merchants = [{ ...MERCHANT, secrets: [SECRET, 'the one before 0123'] }];
    expect((await (await client(server.url, { merchants })).call('query', {})).data).toEqual({ a: 1 });
  });

  it.each([
    ['no signature', '{"code":0,"msg":"SUCCESS","data":{"a":1}}', /no signature/],
    ['no data', '{"code":0,"msg":"SUCCESS","sign":"0123456789ABCDEF0123456789ABCDEF"}', /without data/],
    ['null data', '{"code":0,"msg":"SUCCESS","data":null}', /without data/],
    ['a number literal changed', envelope('{"a":1.0}', { a: '1' }), /invalid signature/],
    ['an object in another order', envelope('{"o":{"b":1,"a":2}}', { o: '{"a":2,"b":1}' }), /o is an object/],
  ])('is not used: %s', async (_what, text, message) => {
    const server = await answering(text);
    const error = await failure((await client(server.url)).call('query', { mchOrderNo: 'O1' }));
    expect(error).toBeInstanceOf(Pass2PaySignatureError);
    expect(error).toMatchObject({ mchOrderNo: 'O1', message: expect.stringMatching(message) });
    expect(error.message).not.toContain(SECRET);
  });

  it.each([
    ['HTML', '<html>Bad gateway</html>', 200],
    ['nothing', '', 200],
    ['cut JSON', '{"code":0,"data":{"a":', 200],
    ['a list', '[]', 200],
    ['no code', '{"data":{}}', 200],
    ['two values for one name', '{"code":0,"data":{"state":1,"state":2}}', 200],
    ['an HTTP error', '{"code":0}', 500],
    ['a redirect', '', 302],
  ])('is unreadable: %s', async (_what, text, status) => {
    const server = await answering(text, status, status === 302 ? { Location: 'http://127.0.0.1:1/' } : {});
    const error = await failure((await client(server.url)).call('query', {}));
    expect(error).toMatchObject({ code: 'PASS2PAY_BAD_RESPONSE', requestSent: true });
  });

  it('may be longer than anything the gateway says', async () => {
    const server = await answering(`{"code":0,"msg":"${'x'.repeat(2_000_000)}"}`);
    expect(await failure((await client(server.url)).call('query', {}))).toBeInstanceOf(Pass2PayConnectionError);
  });

  it('is a refusal in the gateway’s own words', async () => {
    const server = await answering('{"code":9999,"msg":"验签失败","traceId":"t9"}');
    const error = await failure((await client(server.url)).call('query', {}));
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(error).toMatchObject({ gatewayCode: 9999, gatewayMessage: '验签失败', traceId: 't9', retryable: false });
  });

  it('is a refusal without what it repeats of a payer', async () => {
    const server = await answering('{"code":9999,"msg":"张三的证件号320681198603213312有误"}');
    const payer = { userName: '张三', idNo: '320681198603213312' };
    const error = await failure((await client(server.url)).call('cashierOrder', payer));
    expect(error).toMatchObject({ gatewayMessage: '***的证件号***有误' });
  });

  it.each([
    ['7', 7000],
    ['soon', undefined],
    [undefined, undefined],
  ])('is a rate limit with Retry-After %p', async (header, retryAfterMs) => {
    const server = await answering('slow down', 429, header === undefined ? {} : { 'Retry-After': header });
    const error = await failure((await client(server.url)).call('query', {}));
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ retryAfterMs, retryable: true });
  });

  it('is a rate limit with a date as Retry-After', async () => {
    // An HTTP date has whole seconds.
    const inAnHour = Math.floor(clock.now / 1_000) * 1_000 + 3_600_000;
    const server = await answering('slow down', 429, { 'Retry-After': new Date(inAnHour).toUTCString() });
    const error = await failure((await client(server.url)).call('query', {}));
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({ retryAfterMs: inAnHour - clock.now });
  });
});

describe('when nothing comes back', () => {
  it('gives up after the time that the options allow', async () => {
    const server = await gateway(() => undefined);
    const error = failure((await client(server.url, { timeoutMs: 100 })).call('query', {}));
    await server.received(1);
    await clock.tick(100);
    expect(await error).toBeInstanceOf(Pass2PayTimeoutError);
    expect(await error).toMatchObject({ timeoutMs: 100, retryable: true });
  });

  it('does not give up before that time', async () => {
    let respond!: () => void;
    const server = await gateway((_request, response) => {
      respond = () => response.end(envelope('{"a":1}', { a: '1' }));
    });
    const call = (await client(server.url, { timeoutMs: 100 })).call('query', {});
    await server.received(1);
    await clock.tick(99);
    respond();
    await expect(call).resolves.toMatchObject({ data: { a: 1 } });
  });

  it('counts the whole answer into that time, not its first byte', async () => {
    let isRead!: () => void;
    const read = new Promise<void>((resolve) => {
      isRead = resolve;
    });
    const server = await gateway((_request, response) => {
      response.write(' ');
      response.socket!.once('close', isRead);
    });
    const error = failure((await client(server.url, { timeoutMs: 200 })).call('query', {}));
    await server.received(1);
    await clock.tick(200);
    expect(await error).toBeInstanceOf(Pass2PayTimeoutError);
    await read;
  });

  it('ends with the caller’s signal, before and while it waits', async () => {
    const server = await gateway(() => undefined);
    const gatewayClient = await client(server.url);
    const before = await failure(gatewayClient.call('query', {}, { signal: AbortSignal.abort('enough') }));
    expect(before).toMatchObject({ code: 'PASS2PAY_ABORTED', cause: 'enough' });
    expect(server.requests).toEqual([]);
    const stop = new AbortController();
    const during = failure(gatewayClient.call('query', {}, { signal: stop.signal }));
    await server.received(1);
    stop.abort();
    expect(await during).toMatchObject({ code: 'PASS2PAY_ABORTED', retryable: false });
  });

  it('says that the request never left where nobody listens', async () => {
    // Nothing listens on it, and no process is given it.
    const error = await failure((await client('http://127.0.0.1:1')).call('query', {}));
    expect(error).toMatchObject({ code: 'PASS2PAY_CONNECTION', requestSent: false, retryable: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('says that the request may have arrived where the connection broke', async () => {
    const server = await gateway((_request, response) => response.destroy());
    const error = await failure((await client(server.url)).call('query', {}));
    expect(error).toMatchObject({ code: 'PASS2PAY_CONNECTION', requestSent: true });
  });

  it('says that the request never left where the name is not known', async () => {
    // A label is too long: no resolver is asked.
    const gatewayClient = await client(`https://${'g'.repeat(64)}.invalid`);
    expect(await failure(gatewayClient.call('query', {}))).toMatchObject({ requestSent: false });
  });
});

it('leaves other HTTP clients alone: interceptors are the module’s own', async () => {
  const server = await answering(envelope('{"a":1}', { a: '1' }));
  const gatewayClient = await client(server.url);
  const seen: string[] = [];
  gatewayClient.axios.interceptors.request.use((config) => {
    seen.push(config.url ?? '');
    return config;
  });
  await gatewayClient.call('query', {});
  const { default: axios } = await import('axios');
  await axios.get(server.url);
  expect(seen).toEqual([`${server.url}/api/pay/query`]);
});
