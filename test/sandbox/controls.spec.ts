import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';
import { NotifyReceiver } from './support/notify-receiver.js';

const OTHER = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let receiver: NotifyReceiver;

beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT, OTHER], clock: 'stepped', notifyTimeoutMs: 60_000 });
  client = new MerchantClient(sandbox);
  receiver = await NotifyReceiver.start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
});

async function control(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(`${sandbox.url}/sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

/** With headers that fetch does not let one set. */
function withHeaders(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${sandbox.url}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe('controls over HTTP', () => {
  it('show orders and their notify attempts', async () => {
    await client.cashierOrder({ mchOrderNo: '订单/1', notifyUrl: receiver.url });
    const path = `orders/${encodeURIComponent('订单/1')}`;
    expect(await control('GET', 'orders')).toMatchObject({ status: 200, json: [{ mchOrderNo: '订单/1', state: 0 }] });
    expect(await control('GET', path)).toMatchObject({ status: 200, json: { mchOrderNo: '订单/1', amount: 10031 } });
    expect(await control('GET', `${path}/notify-attempts`)).toEqual({ status: 200, json: [] });
    expect(await control('POST', `${path}/pay`)).toMatchObject({ status: 200, json: { state: 2 } });
    await sandbox.notifySettled('订单/1');
    expect(await control('POST', `${path}/resend-notify`)).toMatchObject({ status: 200 });
    await sandbox.notifySettled('订单/1');
    expect(await control('GET', `${path}/notify-attempts`)).toMatchObject({
      json: [{ number: 1, acknowledged: true }, { number: 2 }],
    });
    expect(JSON.stringify(await control('GET', 'orders'))).not.toContain(MERCHANT.secret);
  });

  it.each([
    [['fail'], 3],
    [['close'], 6],
    [['close', 'pay-after-close'], 6],
    [['pay', 'refund'], 5],
  ])('%j leads an order to state %d', async (deeds, state) => {
    await client.unifiedOrder();
    for (const deed of deeds) {
      expect((await control('POST', `orders/O1/${deed}`)).status).toBe(200);
    }
    expect(sandbox.order('O1')?.state).toBe(state);
  });

  it.each([
    ['succeed', 2],
    ['fail', 3],
  ])('%s leads a transfer to state %d', async (deed, state) => {
    await client.transferOrder({ notifyUrl: receiver.url });
    expect(await control('GET', 'transfers')).toMatchObject({ json: [{ mchOrderNo: 'T1', state: 1 }] });
    expect(await control('POST', `transfers/T1/${deed}`)).toMatchObject({ status: 200, json: { state } });
    await sandbox.notifySettled('T1');
    expect((await control('POST', 'transfers/T1/resend-notify')).status).toBe(200);
    await sandbox.notifySettled('T1');
    expect(await control('GET', 'transfers/T1/notify-attempts')).toMatchObject({ json: [{}, {}] });
  });

  it('inject faults and clear them', async () => {
    expect(await control('POST', 'faults', { kind: 'http-500' })).toEqual({
      status: 201,
      json: { id: 1, remaining: 1, fault: { kind: 'http-500' } },
    });
    expect((await client.cashierOrder()).status).toBe(500);
    await control('POST', 'faults', { kind: 'http-500', times: 5 });
    expect(await control('DELETE', 'faults')).toEqual({ status: 200, json: {} });
    expect((await client.cashierOrder()).status).toBe(200);
  });

  it('list the faults that wait, and remove one', async () => {
    sandbox.inject({ kind: 'http-500', times: 2 });
    const second = sandbox.inject({ kind: 'notify-drop', mchOrderNo: 'O7', times: Infinity });
    await client.cashierOrder();
    expect(await control('GET', 'faults')).toEqual({
      status: 200,
      json: [
        { id: 1, remaining: 1, fault: { kind: 'http-500', times: 2 } },
        { id: 2, remaining: null, fault: { kind: 'notify-drop', mchOrderNo: 'O7', times: null } },
      ],
    });
    expect(await control('DELETE', 'faults/2')).toEqual({ status: 200, json: {} });
    expect(second.remaining).toBe(0);
    expect(sandbox.activeFaults()).toMatchObject([{ id: 1 }]);
  });

  it('show the merchants, and no secret', async () => {
    expect(await control('GET', 'merchants')).toEqual({
      status: 200,
      json: [
        { mchNo: 'M1', appId: 'A1' },
        { mchNo: 'M2', appId: 'A2' },
      ],
    });
  });

  it('show the requests', async () => {
    await client.cashierOrder();
    expect(await control('GET', 'requests')).toMatchObject({
      status: 200,
      json: [{ endpoint: 'cashierOrder', method: 'POST', response: { status: 200 } }],
    });
  });

  it('choose the merchant', async () => {
    await client.cashierOrder();
    await new MerchantClient(sandbox, OTHER).cashierOrder();
    expect((await control('POST', 'orders/O1/pay')).status).toBe(404);
    expect(await control('POST', 'orders/O1/pay?mchNo=M2')).toMatchObject({ status: 200, json: { mchNo: 'M2' } });
    expect(sandbox.order('O1', 'M1')?.state).toBe(0);
  });

  it.each([
    ['POST', 'orders/nobody/pay', undefined, 404],
    ['GET', 'orders/nobody', undefined, 404],
    ['GET', 'transfers/nobody/notify-attempts', undefined, 404],
    ['POST', 'orders/O1/explode', undefined, 404],
    ['GET', 'nothing', undefined, 404],
    ['POST', 'orders/O1/pay/now', undefined, 404],
    ['GET', 'orders/O1/pay', undefined, 405],
    ['POST', 'orders', undefined, 405],
    ['PUT', 'faults', undefined, 405],
    ['DELETE', 'faults/99', undefined, 404],
    ['GET', 'journal?since=-1', undefined, 400],
    ['GET', 'journal?kind=invoice', undefined, 400],
    ['GET', 'events?since=x', undefined, 400],
    ['POST', 'orders/O1/resend-notify', undefined, 409],
    ['POST', 'orders/O1/pay-after-close', undefined, 409],
    ['POST', 'faults', '{', 400],
    ['POST', 'faults', 'null', 400],
    ['POST', 'faults', { kind: 'explode' }, 400],
    ['GET', 'orders/%zz', undefined, 400],
  ])('%s %s with %j: %d', async (method, path, body, status) => {
    await client.cashierOrder();
    expect(await control(method, path, body)).toEqual({ status, json: { message: expect.any(String) } });
  });
});

describe('who may use the controls', () => {
  const port = (): string => new URL(sandbox.url).port;

  beforeEach(async () => {
    await client.cashierOrder();
  });

  it('refuses pages of another origin', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      `http://localhost:${port()}`,
      `https://127.0.0.1:${port()}`,
    ]) {
      expect(await withHeaders('POST', '/sandbox/orders/O1/pay', { Origin: origin })).toBe(403);
      expect(await withHeaders('DELETE', '/sandbox/faults', { Origin: origin })).toBe(403);
      expect(await withHeaders('GET', '/sandbox/events', { Origin: origin })).toBe(403);
      expect(await withHeaders('GET', '/sandbox/journal', { Origin: origin })).toBe(403);
    }
    expect(await withHeaders('POST', '/sandbox/orders/O1/pay', { 'Sec-Fetch-Site': 'cross-site' })).toBe(403);
    expect(sandbox.order('O1')?.state).toBe(0);
    expect(await withHeaders('POST', '/sandbox/orders/O1/pay', { Origin: sandbox.url })).toBe(200);
  });

  it('refuses names that were made to point here', async () => {
    for (const host of ['evil.example', `evil.example:${port()}`, 'localhost:1', '127.0.0.1']) {
      expect(await withHeaders('POST', '/sandbox/orders/O1/pay', { Host: host })).toBe(403);
      expect(await withHeaders('GET', '/sandbox/orders', { Host: host })).toBe(403);
    }
    const rebound = `evil.example:${port()}`;
    const headers = { Host: rebound, Origin: `http://${rebound}` };
    expect(await withHeaders('POST', '/sandbox/orders/O1/pay', headers)).toBe(403);
    expect(sandbox.order('O1')?.state).toBe(0);
    const local = `LOCALHOST:${port()}`;
    expect(await withHeaders('POST', '/sandbox/orders/O1/pay', { Host: local, Origin: `http://${local}` })).toBe(200);
  });
});
