import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallOptions, CallParam } from '../../lib/client/call.js';
import type { ClientOptions } from '../../lib/client/client.options.js';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { Pass2PayConnectionError, Pass2PayValidationError } from '../../lib/errors/pass2pay.errors.js';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { MerchantOptions } from '../../lib/merchants/merchant.js';
import { MERCHANT } from '../support/test-merchant.js';
import { rejectionOf } from './support/failure-of.js';
import { MemoryTransport, partsWith } from './support/pipeline-parts.js';
import { RecordedSpans } from './support/recorded-spans.js';

const OTHER: MerchantOptions = { mchNo: 'M2', appId: 'A2', secrets: MERCHANT.secrets };

let transport: MemoryTransport;
beforeEach(() => {
  transport = new MemoryTransport();
});

const client = (options: Partial<ClientOptions> = {}, merchants: readonly MerchantOptions[] = [MERCHANT]) =>
  new GatewayClient(new MerchantDirectory(merchants), partsWith(transport, options));
const create = async (params: Record<string, CallParam>, options?: CallOptions) =>
  client({}, [MERCHANT, OTHER]).call('cashierOrder', params, { merchant: { appId: 'A1' }, ...options });

describe('a call to the gateway', () => {
  it('returns the data of the verified response', async () => {
    expect(await client().call('query', {})).toEqual({
      data: {},
      traceId: 't1',
      reqTime: expect.any(Number),
      merchant: { mchNo: 'M1', appId: 'A1' },
    });
  });

  it('sends every parameter that has a value, also 0 and false', async () => {
    await create({ mchOrderNo: 'O1', amount: 0, isTest: false, body: '', subject: null, extParam: undefined });
    const { sign: _sign, reqTime: _reqTime, ...message } = transport.messages[0]!;
    expect(message).toEqual({
      mchNo: 'M1',
      appId: 'A1',
      version: '1.1',
      signType: 'MD5',
      mchOrderNo: 'O1',
      amount: 0,
      isTest: false,
    });
  });

  it('leaves out of a form what has no value', async () => {
    await client({ requestFormat: 'form' }).call('query', { a: undefined, b: null, c: '', d: '1' });
    const names = [...new URLSearchParams(String(transport.sent[0]!.data)).keys()];
    expect(names.toSorted()).toStrictEqual(['appId', 'd', 'mchNo', 'reqTime', 'sign', 'signType', 'version']);
  });

  it('goes to the endpoint’s path with its documented version, the configured one, or that of the call', async () => {
    const gateway = client({ baseUrl: 'https://api.example/gate/', versions: { query: '1.2' } });
    await gateway.call('cashierOrder', {});
    await gateway.call('query', {});
    await gateway.call({ path: 'api/pay/close', version: '2.0' }, {});
    expect(transport.sent.map(({ url }, i) => [url, transport.messages[i]!.version])).toEqual([
      ['https://api.example/gate/api/pay/cashierOrder', '1.1'],
      ['https://api.example/gate/api/pay/query', '1.2'],
      ['https://api.example/gate/api/pay/close', '2.0'],
    ]);
  });

  it.each<[string, unknown, string]>([
    ['sign', 'x', 'sign is set by the module; leave it out'],
    [
      'channelExtra',
      { a: 1 },
      'channelExtra is an object, and the gateway would sign its keys in a different order; send it as JSON.stringify(…)',
    ],
  ])('refuses the parameter %s with the value %j, and sends nothing', async (name, value, message) => {
    const error = await rejectionOf(create({ mchOrderNo: 'O1', [name]: value as CallParam }));
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    expect(error).toMatchObject({ mchOrderNo: 'O1', issues: [{ field: name, message }] });
    expect(transport.sent).toHaveLength(0);
  });

  it('names no order in its error if the number is not a string', async () => {
    const error = await rejectionOf(create({ mchOrderNo: 5, sign: 'x' }));
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    expect(error).not.toHaveProperty('mchOrderNo');
  });

  it('is made for the app that the caller chooses, and for no other', async () => {
    await create({}, { merchant: { appId: 'A2' } });
    expect(transport.messages[0]).toMatchObject({ mchNo: 'M2', appId: 'A2' });
    await expect(client({}, [MERCHANT, OTHER]).call('query', {})).rejects.toThrow('merchant is required');
    expect(transport.sent).toHaveLength(1);
  });

  it('ends with its signal', async () => {
    const signal = AbortSignal.abort();
    expect(await rejectionOf(create({ mchOrderNo: 'O1' }, { signal }))).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      mchOrderNo: 'O1',
      requestSent: false,
    });
    expect(transport.sent).toHaveLength(0);
  });

  it('says after a lost response that a query may be repeated, and that any other call must be checked first', async () => {
    transport = new MemoryTransport(async () => Promise.reject(new Error('socket hang up')));
    const gateway = client();
    const lost = async (endpoint: Parameters<GatewayClient['call']>[0]) =>
      (await rejectionOf(gateway.call(endpoint, {}))) as Pass2PayConnectionError;
    expect(await lost('query')).toMatchObject({ mayHaveActed: false });
    expect((await lost('query')).message).toContain('The query changes nothing and is safe to repeat.');
    for (const endpoint of ['cashierOrder', { path: 'api/pay/close', version: '1.0' }] as const) {
      const error = await lost(endpoint);
      expect(error).toMatchObject({ requestSent: true, mayHaveActed: true });
      expect(error.message).toContain('query the order before you repeat or replace it.');
    }
  });
});

describe('the client', () => {
  it('has the axios instance of its transport', () => {
    expect(client().axios).toBe(transport.axios);
  });

  it('returns the app of a call without its secrets', async () => {
    const gateway = client({}, [MERCHANT, OTHER]);
    expect(await gateway.merchantOf({ merchant: { appId: 'A2' } })).toStrictEqual({ mchNo: 'M2', appId: 'A2' });
    await expect(gateway.merchantOf({})).rejects.toBeInstanceOf(Pass2PayValidationError);
  });
});

describe('the span of a request', () => {
  let spans: RecordedSpans;
  beforeAll(() => {
    spans = new RecordedSpans();
  });
  afterAll(() => spans.stop());

  it('is named after the endpoint’s path, and has the app and the order', async () => {
    await client().call('query', { mchOrderNo: 'O1' });
    await client().call({ path: 'api/pay/close', version: '1.0' }, {});
    expect(spans.take()).toEqual([
      expect.objectContaining({
        name: 'POST /api/pay/query',
        'pass2pay.mch_no': 'M1',
        'pass2pay.app_id': 'A1',
        'pass2pay.mch_order_no': 'O1',
      }),
      expect.objectContaining({ name: 'POST /api/pay/close', 'pass2pay.mch_no': 'M1' }),
    ]);
  });

  it('is that of its own endpoint, whichever was called before', async () => {
    const gateway = client();
    for (const endpoint of ['query', 'cashierOrder', 'query'] as const) await gateway.call(endpoint, {});
    expect(spans.take().map(({ name }) => name)).toStrictEqual([
      'POST /api/pay/query',
      'POST /api/pay/cashierOrder',
      'POST /api/pay/query',
    ]);
  });

  it('is right for any number of paths, of which only a hundred are cached', async () => {
    const gateway = client();
    for (let i = 0; i <= 100; i += 1) {
      await gateway.call({ path: `api/${i}`, version: '1.0' }, {});
      await gateway.call({ path: `api/${i}`, version: '1.0' }, {});
    }
    const names = spans.take().map(({ name }) => name);
    expect(names).toEqual(Array.from({ length: 202 }, (_, i) => `POST /api/${Math.trunc(i / 2)}`));
    const { targets } = gateway as unknown as { targets: Map<string, unknown> };
    expect([...targets.keys()]).toEqual(Array.from({ length: 100 }, (_, i) => `api/${i}`));
  });
});
