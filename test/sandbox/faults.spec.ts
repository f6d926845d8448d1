import { request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox, type NotifyResult, type SandboxFault } from '../../sandbox/index.js';
import { verify } from '../../lib/protocol/signature/verify.js';
import { entered } from './support/entered.js';
import { MERCHANT, MerchantClient, orderParams } from './support/merchant-client.js';
import { NotifyReceiver, saying } from './support/notify-receiver.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], clock: 'stepped', notifyTimeoutMs: 60_000 });
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
    expect(sandbox.requests[0]).toMatchObject({ fault: 'reset-before', response: undefined });
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
    await entered(sandbox, ({ type }) => type === 'request');
    expect(sandbox.order('O1')).toMatchObject({ state: 0 });
    // Another request is answered after it.
    expect((await client.query({ mchOrderNo: 'O1' })).status).toBe(200);
    controller.abort();
    expect(await call).toBe('gave up');
  });

  it('late: stored at once, answered later', async () => {
    sandbox.inject({ kind: 'late', delayMs: 60_000 });
    let answered = false;
    const call = client.cashierOrder().then((response) => {
      answered = true;
      return response;
    });
    await entered(sandbox, ({ type }) => type === 'request');
    expect(sandbox.order('O1')).toMatchObject({ state: 0 });
    await client.query({ mchOrderNo: 'O1' });
    expect(answered).toBe(false);
    await sandbox.advance(60_000);
    const response = await call;
    expect(response.json.code).toBe(0);
    expect(client.verifies(response)).toBe(true);
  });

  it.each([undefined, false, true])('http-500 with stored %p', async (stored) => {
    sandbox.inject({ kind: 'http-500', stored });
    const response = await client.cashierOrder();
    expect(response.status).toBe(500);
    expect(JSON.parse(response.text)).toMatchObject({ status: 500, path: '/api/pay/cashierOrder' });
    expect(sandbox.orders()).toHaveLength(stored ? 1 : 0);
  });

  it.each([undefined, false, true])('html-502 with stored %p', async (stored) => {
    sandbox.inject({ kind: 'html-502', stored });
    const response = await client.cashierOrder();
    expect(response.status).toBe(502);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.text).toMatch(/^<html>/);
    expect(sandbox.orders()).toHaveLength(stored ? 1 : 0);
  });

  it('truncated: stored, and half a JSON', async () => {
    sandbox.inject({ kind: 'truncated' });
    const response = await client.cashierOrder();
    expect(response.status).toBe(200);
    expect(response.text).toMatch(/^\{"code":0/);
    expect(() => JSON.parse(response.text)).toThrow(SyntaxError);
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('bad-signature: stored, and 32 hex digits that do not sign', async () => {
    sandbox.inject({ kind: 'bad-signature' });
    const response = await client.cashierOrder();
    expect(response.json.sign).toMatch(/^[0-9A-F]{32}$/);
    expect(client.verifies(response)).toBe(false);
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
    const response = await client.cashierOrder();
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe(retryAfter ?? null);
    expect(sandbox.orders()).toEqual([]);
  });

  it('other-order: a signed answer about another number', async () => {
    sandbox.inject({ kind: 'other-order' });
    const response = await client.cashierOrder();
    expect(response.json.data?.['mchOrderNo']).not.toBe('O1');
    expect(client.verifies(response)).toBe(true);
    expect(sandbox.order('O1')).toBeDefined();
  });

  it('error-after-store', async () => {
    sandbox.inject({ kind: 'error-after-store' });
    expect((await client.cashierOrder()).json).toMatchObject({ code: 9999, msg: '系统异常' });
    expect((await client.query({ mchOrderNo: 'O1' })).json.data?.['state']).toBe(0);
  });

  it.each([503, 599])('http-500 with status %d', async (status) => {
    sandbox.inject({ kind: 'http-500', status });
    const response = await client.cashierOrder();
    expect(response.status).toBe(status);
    expect(JSON.parse(response.text)).toMatchObject({ status });
  });

  it.each([200, 403, 504])('html-502 with status %d', async (status) => {
    sandbox.inject({ kind: 'html-502', status });
    const response = await client.cashierOrder();
    expect(response.status).toBe(status);
    expect(response.text).toMatch(/^<html>/);
  });

  it('duplicate-request: carried out twice, the second answer comes back', async () => {
    sandbox.inject({ kind: 'duplicate-request' });
    expect((await client.cashierOrder()).json).toMatchObject({ code: 9999, msg: '商户订单[O1]已存在' });
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('duplicate-response: the same bytes twice on the connection', async () => {
    sandbox.inject({ kind: 'duplicate-response' });
    const body = createBody();
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    socket.end(
      `POST /api/pay/cashierOrder HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    const received = (await socket.setEncoding('utf8').toArray()).join('');
    const once = received.slice(0, received.length / 2);
    expect(once).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"code":0/);
    expect(received).toBe(once + once);
    expect(sandbox.orders()).toHaveLength(1);
    // An ordinary client takes the first, and its next request is in order.
    sandbox.inject({ kind: 'duplicate-response' });
    expect((await client.cashierOrder({ mchOrderNo: 'O2' })).json.data).toMatchObject({ mchOrderNo: 'O2' });
    expect((await client.query({ mchOrderNo: 'O1' })).json.data).toMatchObject({ mchOrderNo: 'O1' });
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

  it('of one merchant', async () => {
    await sandbox.stop();
    const other = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };
    sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT, other] });
    client = new MerchantClient(sandbox);
    sandbox.inject({ kind: 'http-500', mchNo: 'M2', mchOrderNo: 'O1' });
    expect((await client.cashierOrder()).status).toBe(200);
    expect((await new MerchantClient(sandbox, other).cashierOrder()).status).toBe(500);
  });

  it('keeps no more than a thousand waiting', () => {
    for (let n = 0; n < 1_000; n++) sandbox.inject({ kind: 'lost' });
    expect(() => sandbox.inject({ kind: 'lost' })).toThrow('1000 faults are already active');
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
    [{ kind: 'lost', delayMs: 5 }, /does not have delayMs; it has endpoint, mchNo, mchOrderNo, times/],
    [{ kind: 'notify-drop', endpoint: 'query' }, /does not have endpoint/],
    [{ kind: 'http-500', status: 404 }, /status/],
    [{ kind: 'html-502', status: 302 }, /status/],
    [{ kind: 'notify-delay' }, /requires delayMs/],
    [{ kind: 'notify-format', format: 'xml' }, /form, raw-form, query, json/],
    [{ kind: 'upstream' }, /requires result/],
    [{ kind: 'upstream', result: 'maybe' }, /paid, declined, refused, broken/],
    [{ kind: 'notify-tamper', field: 'a&b' }, /field/],
    [null, /object/],
    ['lost', /object/],
  ])('refuses %j', (fault, message) => {
    expect(() => sandbox.inject(fault as SandboxFault)).toThrow(message);
  });
});

describe('faults of notifies', () => {
  let receiver: NotifyReceiver;
  beforeEach(async () => {
    receiver = await NotifyReceiver.start();
    await client.cashierOrder({ notifyUrl: receiver.url });
  });
  afterEach(() => receiver.stop());

  /** What comes of the notify when the whole schedule has passed. */
  async function settled(): Promise<NotifyResult> {
    await sandbox.advance(450_000);
    return sandbox.notifySettled('O1');
  }

  const verifies = (body: string): boolean => {
    const { sign, ...fields } = Object.fromEntries(new URLSearchParams(body)) as Record<string, string>;
    return verify(fields, sign, MERCHANT.secret);
  };

  it('notify-drop: counted, not sent', async () => {
    sandbox.inject({ kind: 'notify-drop' });
    await sandbox.pay('O1');
    expect(await settled()).toEqual({ acknowledged: true, attempts: 2 });
    expect(receiver.received).toHaveLength(1);
    expect(sandbox.notifyAttempts('O1')[0]).toMatchObject({ fault: 'notify-drop', acknowledged: false });
  });

  it('notify-tamper: one digit of the amount, in this attempt alone', async () => {
    receiver.reply(saying('no'), saying('success'));
    sandbox.inject({ kind: 'notify-tamper', mchOrderNo: 'O1' });
    await sandbox.pay('O1');
    await settled();
    const [tampered = '', honest = ''] = receiver.received.map(({ body }) => body);
    expect(verifies(tampered)).toBe(false);
    expect(verifies(honest)).toBe(true);
    expect(tampered.replace('amount=20031', 'amount=10031')).toBe(honest);
    expect(sandbox.notifyAttempts('O1').map(({ fault }) => fault)).toEqual(['notify-tamper', undefined]);
  });

  it('notify-double: twice at the same time', async () => {
    const held: ServerResponse[] = [];
    receiver.reply((response) => held.push(response));
    sandbox.inject({ kind: 'notify-double' });
    await sandbox.pay('O1');
    // The second comes although the first is not answered.
    await receiver.heard(2);
    for (const response of held) response.end('success');
    expect(await settled()).toEqual({ acknowledged: true, attempts: 2 });
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  });

  it('notify-tamper: any field, to any value', async () => {
    receiver.reply(saying('no'));
    sandbox.inject({ kind: 'notify-tamper', field: 'state', value: '2' });
    sandbox.inject({ kind: 'notify-tamper', field: 'subject', value: 'é &' });
    sandbox.inject({ kind: 'notify-tamper', field: 'extra', value: '1' });
    await sandbox.fail('O1');
    await settled();
    const bodies = receiver.received.map(({ body }) => body);
    expect(new URLSearchParams(bodies[0]).get('state')).toBe('2');
    expect(new URLSearchParams(bodies[1]).get('subject')).toBe('é ');
    expect(new URLSearchParams(bodies[2]).get('extra')).toBe('1');
    expect(bodies.map(verifies)).toEqual([false, false, false, true, true, true]);
  });

  it.each(['form', 'raw-form', 'query', 'json'] as const)(
    'notify-tamper reaches the format %s',
    async (notifyFormat) => {
      await sandbox.stop();
      sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], notifyFormat, clock: 'stepped' });
      client = new MerchantClient(sandbox);
      await client.cashierOrder({ notifyUrl: receiver.url });
      sandbox.inject({ kind: 'notify-tamper' });
      await sandbox.pay('O1');
      await settled();
      const [{ url, body } = { url: '', body: '' }] = receiver.received;
      const amount =
        notifyFormat === 'json'
          ? (JSON.parse(body) as { amount: string }).amount
          : new URLSearchParams(body || url.split('?')[1]).get('amount');
      expect(amount).toBe('20031');
    },
  );

  it('notify-bad-signature: a sign that does not fit', async () => {
    receiver.reply(saying('no'), saying('success'));
    sandbox.inject({ kind: 'notify-bad-signature' });
    await sandbox.pay('O1');
    await settled();
    const [first, second] = receiver.received.map(({ body }) => new URLSearchParams(body));
    expect(first?.get('sign')).toMatch(/^[0-9A-F]{32}$/);
    expect(first?.get('sign')).not.toBe(second?.get('sign'));
    expect(receiver.received.map(({ body }) => verifies(body))).toEqual([false, true]);
  });

  it('notify-format: in the query string, as old gateways do, for one attempt', async () => {
    receiver.reply(saying('no'), saying('success'));
    sandbox.inject({ kind: 'notify-format', format: 'query' });
    await sandbox.pay('O1');
    await settled();
    const [old, usual] = receiver.received;
    expect(old).toMatchObject({ method: 'POST', body: '' });
    expect(verifies(old?.url.split('?')[1] ?? '')).toBe(true);
    expect(usual?.url).toBe('/notify');
    expect(sandbox.notifyAttempts('O1').map(({ format }) => format)).toEqual(['query', 'form']);
  });

  it('leave other orders alone', async () => {
    sandbox.inject({ kind: 'notify-drop', mchOrderNo: 'O2' });
    await sandbox.pay('O1');
    expect(await settled()).toEqual({ acknowledged: true, attempts: 1 });
  });
});

describe('faults of notifies, in steps of time', () => {
  let receiver: NotifyReceiver;
  beforeEach(async () => {
    receiver = await NotifyReceiver.start();
    await client.unifiedOrder({ notifyUrl: receiver.url });
    await client.unifiedOrder({ mchOrderNo: 'O2', notifyUrl: receiver.url });
  });
  afterEach(() => receiver.stop());

  const arrived = (): string[] =>
    receiver.received.map(({ body }) => {
      const fields = new URLSearchParams(body);
      return `${fields.get('mchOrderNo')} ${fields.get('state')}`;
    });

  it('notify-delay: later, and the schedule goes on from there', async () => {
    receiver.reply(saying('no'), saying('success'));
    sandbox.inject({ kind: 'notify-delay', delayMs: 10_000 });
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(9_999);
    expect(arrived()).toEqual([]);
    await sandbox.advance(1);
    expect(arrived()).toEqual(['O1 2']);
    await sandbox.advance(30_000);
    expect(sandbox.notifyAttempts('O1').map(({ at, fault }) => [at - paidAt, fault])).toEqual([
      [10_000, 'notify-delay'],
      [40_000, undefined],
    ]);
  });

  it('notify-reorder: the news of one order comes in the wrong order', async () => {
    sandbox.inject({ kind: 'notify-reorder', mchOrderNo: 'O1' });
    await sandbox.close('O1');
    await sandbox.payAfterClose('O1');
    await sandbox.notifySettled('O1');
    await receiver.heard(2);
    expect(arrived()).toEqual(['O1 2', 'O1 6']);
  });

  it('notify-reorder: another order overtakes', async () => {
    sandbox.inject({ kind: 'notify-reorder', mchOrderNo: 'O1' });
    await sandbox.pay('O1');
    await sandbox.pay('O2');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 1 });
    expect(arrived()).toEqual(['O2 2', 'O1 2']);
    expect(sandbox.notifyAttempts('O1')[0]?.fault).toBe('notify-reorder');
  });

  it('notify-reorder: sent all the same when nothing else comes', async () => {
    sandbox.inject({ kind: 'notify-reorder' });
    await sandbox.pay('O1');
    await sandbox.advance(59_999);
    expect(arrived()).toEqual([]);
    await sandbox.advance(1);
    expect(arrived()).toEqual(['O1 2']);
  });

  it('do not hold up a sandbox that stops', async () => {
    sandbox.inject({ kind: 'notify-reorder' });
    sandbox.inject({ kind: 'notify-delay', delayMs: 5 });
    await sandbox.pay('O1');
    await sandbox.pay('O2');
    const settled = Promise.all([sandbox.notifySettled('O1'), sandbox.notifySettled('O2')]);
    await sandbox.stop();
    expect(await settled).toEqual([
      { acknowledged: false, attempts: 0 },
      { acknowledged: false, attempts: 0 },
    ]);
    expect(arrived()).toEqual([]);
  });
});

describe('a channel that fails', () => {
  let receiver: NotifyReceiver;

  beforeEach(async () => {
    receiver = await NotifyReceiver.start();
  });
  afterEach(() => receiver.stop());

  it('leaves a transfer in state 0 with errMsg, for ever', async () => {
    sandbox.inject({ kind: 'upstream', result: 'broken', endpoint: 'transferOrder' });
    const { json } = await client.transferOrder({ notifyUrl: receiver.url });
    expect(json).toMatchObject({ code: 0, data: { state: 0, errMsg: expect.any(String) } });
    await expect(sandbox.succeedTransfer('T1')).rejects.toThrow('is in state 0');
    expect(receiver.received).toEqual([]);
  });

  it.each([
    ['refused', 3, '9999'],
    ['declined', 3, '0'],
    ['paid', 2, undefined],
  ] as const)('%s: a transfer ends as it is made, and is announced', async (result, state, errCode) => {
    sandbox.inject({ kind: 'upstream', result, endpoint: 'transferOrder' });
    expect((await client.transferOrder({ notifyUrl: receiver.url })).json.data).toMatchObject({ state });
    await sandbox.notifySettled('T1');
    expect(sandbox.transfer('T1')?.errCode).toBe(errCode);
    expect(new URLSearchParams(receiver.received[0]?.body).get('state')).toBe(String(state));
  });

  it('has Pass2Pay announce an order that failed as it was made', async () => {
    sandbox.inject({ kind: 'upstream', result: 'refused', endpoint: 'unifiedOrder' });
    const { json } = await client.unifiedOrder({ mchOrderNo: 'failed', notifyUrl: receiver.url });
    expect(json.data).toMatchObject({ orderState: 3, errCode: '9999' });
    await receiver.heard(1);
    expect(new URLSearchParams(receiver.received[0]?.body).get('state')).toBe('3');
  });
});
