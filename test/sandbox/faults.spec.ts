import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox, type SandboxFault } from '../../lib/sandbox/index.js';
import { verify } from '../../lib/signature/verify.js';
import { MERCHANT, MerchantClient, orderParams } from './support/merchant-client.js';
import { NotifyReceiver, saying } from './support/notify-receiver.js';
import { until } from './support/until.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], notifySpeed: 2_000 });
  client = new MerchantClient(sandbox);
});
afterEach(() => sandbox.stop());

/** The error code of a request that got no answer. */
function failedRequest(body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${sandbox.url}/api/pay/cashierOrder`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    outgoing.on('response', () => reject(new Error('answered')));
    outgoing.end(body);
  });
}

function createBody(): string {
  return JSON.stringify(client.signed(orderParams()));
}

describe('faults of requests', () => {
  it('reset-before: nothing is stored', async () => {
    sandbox.inject({ kind: 'reset-before' });
    expect(await failedRequest(createBody())).toBe('ECONNRESET');
    expect(sandbox.orders()).toEqual([]);
    expect(sandbox.requests[0]).toMatchObject({ fault: 'reset-before', answer: undefined });
    expect((await client.cashierOrder()).json.code).toBe(0);
  });

  it('reset-after: the order is there', async () => {
    sandbox.inject({ kind: 'reset-after' });
    expect(await failedRequest(createBody())).toBe('ECONNRESET');
    expect(sandbox.order('O1')).toMatchObject({ state: 0 });
    expect((await client.cashierOrder()).json.msg).toBe('商户订单[O1]已存在');
  });

  it('lost: stored, and no answer', async () => {
    sandbox.inject({ kind: 'lost' });
    const controller = new AbortController();
    const call = fetch(`${sandbox.url}/api/pay/cashierOrder`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: createBody(),
      signal: controller.signal,
    }).then(
      () => 'answered',
      () => 'gave up',
    );
    await until(() => sandbox.order('O1') !== undefined);
    setTimeout(() => controller.abort(), 100);
    expect(await call).toBe('gave up');
  });

  it('late: stored at once, answered later', async () => {
    sandbox.inject({ kind: 'late', delayMs: 300 });
    let answered = false;
    const call = client.cashierOrder().then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => sandbox.order('O1') !== undefined);
    expect(answered).toBe(false);
    const answer = await call;
    expect(answer.json.code).toBe(0);
    expect(client.verifies(answer)).toBe(true);
  });

  it.each([undefined, false, true])('http-500 with stored %p', async (stored) => {
    sandbox.inject({ kind: 'http-500', stored });
    const answer = await client.cashierOrder();
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.text)).toMatchObject({ status: 500, path: '/api/pay/cashierOrder' });
    expect(sandbox.orders()).toHaveLength(stored ? 1 : 0);
  });

  it.each([undefined, false, true])('html-502 with stored %p', async (stored) => {
    sandbox.inject({ kind: 'html-502', stored });
    const answer = await client.cashierOrder();
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.text).toMatch(/^<html>/);
    expect(sandbox.orders()).toHaveLength(stored ? 1 : 0);
  });

  it('truncated: stored, and half a JSON', async () => {
    sandbox.inject({ kind: 'truncated' });
    const answer = await client.cashierOrder();
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/^\{"code":0/);
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError);
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('bad-signature: stored, and 32 hex digits that do not sign', async () => {
    sandbox.inject({ kind: 'bad-signature' });
    const answer = await client.cashierOrder();
    expect(answer.json.sign).toMatch(/^[0-9A-F]{32}$/);
    expect(client.verifies(answer)).toBe(false);
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('no-signature: stored, and data without sign', async () => {
    sandbox.inject({ kind: 'no-signature' });
    const { json } = await client.cashierOrder();
    expect(json.data).toMatchObject({ mchOrderNo: 'O1' });
    expect(json).not.toHaveProperty('sign');
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('no-data: stored, and code 0 alone', async () => {
    sandbox.inject({ kind: 'no-data' });
    const { json } = await client.cashierOrder();
    expect(json).toEqual({ code: 0, msg: 'SUCCESS', traceId: expect.any(String) });
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('already-exists: not stored', async () => {
    sandbox.inject({ kind: 'already-exists' });
    expect((await client.cashierOrder()).json).toMatchObject({ code: 9999, msg: '商户订单[O1]已存在' });
    expect(sandbox.orders()).toEqual([]);
  });

  it.each([undefined, '7', 'Wed, 21 Oct 2015 07:28:00 GMT'])('rate-limit with retryAfter %p', async (retryAfter) => {
    sandbox.inject({ kind: 'rate-limit', retryAfter });
    const answer = await client.cashierOrder();
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe(retryAfter ?? null);
    expect(sandbox.orders()).toEqual([]);
  });

  it('other-order: a signed answer about another number', async () => {
    sandbox.inject({ kind: 'other-order' });
    const answer = await client.cashierOrder();
    expect(answer.json.data?.['mchOrderNo']).not.toBe('O1');
    expect(client.verifies(answer)).toBe(true);
    expect(sandbox.order('O1')).toBeDefined();
  });

  it('error-after-store', async () => {
    sandbox.inject({ kind: 'error-after-store' });
    expect((await client.cashierOrder()).json).toMatchObject({ code: 9999, msg: '系统异常' });
    expect((await client.query({ mchOrderNo: 'O1' })).json.data?.['state']).toBe(0);
  });
});

describe('which request a fault strikes', () => {
  it('the first that matches, in the order of injection, as often as told', async () => {
    sandbox.inject({ kind: 'no-data', endpoint: 'query', times: 2 });
    sandbox.inject({ kind: 'rate-limit' });
    sandbox.inject({ kind: 'http-500', mchOrderNo: 'O2' });
    expect((await client.cashierOrder({ mchOrderNo: 'O2' })).status).toBe(429);
    expect((await client.cashierOrder()).json.code).toBe(0);
    expect((await client.cashierOrder({ mchOrderNo: 'O2' })).status).toBe(500);
    expect((await client.cashierOrder({ mchOrderNo: 'O2' })).json.code).toBe(0);
    for (const present of [false, false, true]) {
      expect((await client.query({ mchOrderNo: 'O1' })).json.data !== undefined).toBe(present);
    }
  });

  it('a query by payOrderId is one about its order', async () => {
    const { json } = await client.cashierOrder();
    sandbox.inject({ kind: 'http-500', mchOrderNo: 'O1' });
    expect((await client.query({ payOrderId: json.data?.['payOrderId'] })).status).toBe(500);
  });

  it('is told apart between pay and transfer', async () => {
    sandbox.inject({ kind: 'http-500', endpoint: 'transferQuery' });
    sandbox.inject({ kind: 'http-500', endpoint: 'transferOrder' });
    expect((await client.query({ mchOrderNo: 'T1' })).status).toBe(200);
    expect((await client.transferQuery({ mchOrderNo: 'T1' })).status).toBe(500);
    expect((await client.transferOrder()).status).toBe(500);
    expect((await client.transferOrder()).status).toBe(200);
  });

  it('can be taken back', async () => {
    const first = sandbox.inject({ kind: 'http-500', times: 3 });
    const second = sandbox.inject({ kind: 'rate-limit' });
    expect((await client.cashierOrder()).status).toBe(500);
    expect(first.remaining).toBe(2);
    first.remove();
    first.remove();
    expect(first.remaining).toBe(0);
    expect((await client.cashierOrder()).status).toBe(429);
    expect(second.remaining).toBe(0);
    sandbox.inject({ kind: 'http-500', times: Infinity });
    sandbox.clearFaults();
    expect((await client.cashierOrder()).status).toBe(200);
  });

  it.each([
    [{ kind: 'explode' }, /kind/],
    [{}, /kind/],
    [{ kind: 'lost', endpoint: 'refund' }, /endpoint/],
    [{ kind: 'lost', times: 0 }, /times/],
    [{ kind: 'late' }, /delayMs/],
    [{ kind: 'late', delayMs: 2 ** 31 }, /delayMs/],
    [{ kind: 'rate-limit', retryAfter: '1\r\nX: y' }, /retryAfter/],
    [{ kind: 'http-500', stored: 'yes' }, /stored/],
    [{ kind: 'lost', mchOrderNo: 5 }, /mchOrderNo/],
  ])('refuses %j', (fault, message) => {
    expect(() => sandbox.inject(fault as SandboxFault)).toThrow(message);
  });
});

describe('faults of notifies', () => {
  let receiver: NotifyReceiver;
  beforeEach(async () => {
    receiver = await NotifyReceiver.start();
    await client.cashierOrder({ notifyUrl: receiver.url, expiredTime: 2_000_000 });
  });
  afterEach(() => receiver.stop());

  const verifies = (body: string): boolean => {
    const { sign, ...fields } = Object.fromEntries(new URLSearchParams(body)) as Record<string, string>;
    return verify(fields, sign, MERCHANT.secret);
  };

  it('notify-drop: counted, not sent', async () => {
    sandbox.inject({ kind: 'notify-drop' });
    await sandbox.pay('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 2 });
    expect(receiver.received).toHaveLength(1);
    expect(sandbox.notifyAttempts('O1')[0]).toMatchObject({ fault: 'notify-drop', acknowledged: false });
  });

  it('notify-tamper: one digit of the amount, in this attempt alone', async () => {
    receiver.reply(saying('no'), saying('success'));
    sandbox.inject({ kind: 'notify-tamper', mchOrderNo: 'O1' });
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    const [tampered = '', honest = ''] = receiver.received.map(({ body }) => body);
    expect(verifies(tampered)).toBe(false);
    expect(verifies(honest)).toBe(true);
    expect(tampered.replace('amount=20031', 'amount=10031')).toBe(honest);
    expect(sandbox.notifyAttempts('O1').map(({ fault }) => fault)).toEqual(['notify-tamper', undefined]);
  });

  it('notify-double: twice at the same time', async () => {
    let together = 0;
    let open = 0;
    receiver.reply((response) => {
      open += 1;
      together = Math.max(together, open);
      setTimeout(() => {
        open -= 1;
        response.end('success');
      }, 100);
    });
    sandbox.inject({ kind: 'notify-double' });
    await sandbox.pay('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 2 });
    expect(together).toBe(2);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  });

  it('leave other orders alone', async () => {
    sandbox.inject({ kind: 'notify-drop', mchOrderNo: 'O2' });
    await sandbox.pay('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 1 });
  });
});
