import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox, type SandboxOptions } from '../../sandbox/index.js';
import { entered } from './support/entered.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';
import { NotifyReceiver, saying, timedOut } from './support/notify-receiver.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let receiver: NotifyReceiver;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await Pass2PaySandbox.start({
    merchants: [MERCHANT],
    clock: 'stepped',
    notifyTimeoutMs: 60_000,
    ...options,
  });
  client = new MerchantClient(sandbox);
}

beforeEach(async () => {
  receiver = await NotifyReceiver.start();
  await start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
});

async function clock(): Promise<unknown> {
  return (await fetch(`${sandbox.url}/sandbox/clock`)).json();
}

function offsets(since: number): number[] {
  return sandbox.notifyAttempts('O1').map(({ at }) => at - since);
}

describe('time in steps', () => {
  it('passes 450 s of retries at once, at the gateway’s times', async () => {
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(450_000);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });
    expect(offsets(paidAt)).toEqual([0, 30_000, 90_000, 180_000, 300_000, 450_000]);
    expect(sandbox.now()).toBe(paidAt + 450_000);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it('stops where it is told, between two attempts', async () => {
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    await sandbox.advance(89_999);
    expect(receiver.received).toHaveLength(2);
    await sandbox.advance(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('closes an order at its expiry, and announces it before what comes later', async () => {
    await client.cashierOrder({ notifyUrl: receiver.url });
    await client.cashierOrder({ mchOrderNo: 'O2', notifyUrl: receiver.url, expiredTime: 950 });
    await sandbox.advance(899_999);
    expect(sandbox.order('O1')?.state).toBe(0);
    await sandbox.advance(150_000);
    expect([sandbox.order('O1')?.state, sandbox.order('O2')?.state]).toEqual([6, 6]);
    expect(receiver.received.map(({ body }) => new URLSearchParams(body).get('mchOrderNo'))).toEqual(['O1', 'O2']);
  });

  it('dates everything by its clock', async () => {
    await sandbox.advance(86_400_000);
    const createdAt = sandbox.now();
    await client.unifiedOrder({ notifyUrl: receiver.url });
    await sandbox.advance(5_000);
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    const fields = new URLSearchParams(receiver.received[0]?.body);
    const inWholeSeconds = (ms: number): string => String(Math.floor(ms / 1_000) * 1_000);
    expect(fields.get('createdAt')).toBe(inWholeSeconds(createdAt));
    expect(fields.get('successTime')).toBe(inWholeSeconds(createdAt + 5_000));
    expect(fields.get('reqTime')).toBe(String(createdAt + 5_000));
    const order = sandbox.order('O1');
    expect(order?.payOrderId).toContain(String(createdAt));
    expect(order?.history).toEqual([
      { state: 1, at: createdAt },
      { state: 2, at: createdAt + 5_000 },
    ]);
    expect(sandbox.journal.of('order', 'M1', 'O1').map(({ at }) => at - createdAt)).toEqual([
      0, 0, 5_000, 5_000, 5_000,
    ]);
  });

  it('lets a late answer go when its time has come', async () => {
    sandbox.inject({ kind: 'late', delayMs: 60_000 });
    let answered = false;
    const response = client.cashierOrder().then(({ json }) => {
      answered = true;
      return json.code;
    });
    await entered(sandbox, ({ type }) => type === 'request');
    await sandbox.advance(59_999);
    // The answer is what is due next.
    expect(await clock()).toMatchObject({ nextAt: sandbox.now() + 1 });
    expect(answered).toBe(false);
    await sandbox.advance(1);
    expect(await response).toBe(0);
  });

  it('counts a silent receiver as the gateway’s 20 s', async () => {
    receiver.reply(timedOut, saying('success'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(49_999);
    expect(offsets(paidAt)).toEqual([0]);
    await sandbox.advance(1);
    expect(offsets(paidAt)).toEqual([0, 50_000]);
  });

  it('goes together with a faster schedule', async () => {
    await sandbox.stop();
    await start({ notifySpeed: 100 });
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(4_500);
    expect(offsets(paidAt)).toEqual([0, 300, 900, 1_800, 3_000, 4_500]);
  });

  it('refuses a step that is none', async () => {
    await expect(sandbox.advance(-1)).rejects.toThrow('whole milliseconds');
  });

  it('is moved over HTTP', async () => {
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    const now = sandbox.now();
    const send = async (body: unknown): Promise<[number, unknown]> => {
      const response = await fetch(`${sandbox.url}/sandbox/clock/advance`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return [response.status, await response.json()];
    };
    expect(await send({ ms: 100_000 })).toEqual([200, { mode: 'stepped', now: now + 100_000, nextAt: now + 180_000 }]);
    expect(receiver.received).toHaveLength(3);
    expect(await clock()).toEqual({ mode: 'stepped', now: now + 100_000, nextAt: now + 180_000 });
    for (const wrong of [{}, null, { ms: '5' }, { ms: -5 }]) expect((await send(wrong))[0]).toBe(400);
  });

  it('moves a real clock ahead too', async () => {
    await sandbox.stop();
    await start({ clock: 'real' });
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    await sandbox.advance(500_000);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });
  });
});

describe('many notifies at once', () => {
  it('all arrive, no more than 64 at a time', async () => {
    const held: (() => void)[] = [];
    receiver.reply((response) => held.push(() => response.end('success')));
    const numbers = Array.from({ length: 100 }, (_, index) => `O${index}`);
    for (const mchOrderNo of numbers) await client.unifiedOrder({ mchOrderNo, notifyUrl: receiver.url });
    await Promise.all(numbers.map((mchOrderNo) => sandbox.pay(mchOrderNo)));
    await receiver.heard(64);
    // One more that was on its way would arrive before this.
    const probe = fetch(receiver.url, { method: 'POST', body: 'probe' });
    await receiver.heard(65);
    expect(receiver.received[64]?.body).toBe('probe');
    receiver.reply(saying('success'));
    for (const respond of held) respond();
    expect((await probe).status).toBe(200);
    const results = await Promise.all(numbers.map((mchOrderNo) => sandbox.notifySettled(mchOrderNo)));
    expect(results.every(({ acknowledged, attempts }) => acknowledged && attempts === 1)).toBe(true);
    expect(receiver.received).toHaveLength(101);
  });
});
