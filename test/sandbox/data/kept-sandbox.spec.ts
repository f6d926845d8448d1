import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox, SandboxDataFileError, type SandboxOptions } from '../../../sandbox/index.js';
import { MERCHANT, MerchantClient } from '../support/merchant-client.js';
import { NotifyReceiver, saying } from '../support/notify-receiver.js';

const OTHER = { mchNo: 'M2', appId: 'A2', secret: 'OTHERKEY0123456789' };

let folder: string;
let dataFile: string;
let receiver: NotifyReceiver;
let sandbox: Pass2PaySandbox;
let client: MerchantClient;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT, OTHER], clock: 'stepped', dataFile, ...options });
  client = new MerchantClient(sandbox);
}

async function restart(options: SandboxOptions = {}): Promise<void> {
  await sandbox.stop();
  await start(options);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-kept-'));
  dataFile = join(folder, 'data');
  receiver = await NotifyReceiver.start();
  await start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

describe('a sandbox with a data file, started anew', () => {
  it('has its orders, transfers, attempts, journal, requests and time again', async () => {
    receiver.reply(saying('no'));
    await client.cashierOrder({ notifyUrl: receiver.url });
    await client.unifiedOrder({ mchOrderNo: 'O2', notifyUrl: receiver.url });
    await new MerchantClient(sandbox, OTHER).cashierOrder();
    await client.transferOrder({ notifyUrl: receiver.url });
    await sandbox.advance(1_000);
    await sandbox.pay('O2');
    await sandbox.refund('O2');
    await sandbox.failTransfer('T1');
    await sandbox.advance(40_000);
    const state = () => ({
      orders: sandbox.orders(),
      transfers: sandbox.transfers(),
      attempts: [sandbox.notifyAttempts('O2'), sandbox.notifyAttempts('T1')],
      journal: sandbox.journal.since(0),
      own: sandbox.journal.of('order', 'M1', 'O2'),
      requests: sandbox.requests,
      now: sandbox.now(),
    });
    const port = Number(new URL(sandbox.url).port);
    // As JSON has it: without what is undefined.
    const before = JSON.parse(JSON.stringify(state())) as unknown;
    await restart({ port });
    expect(JSON.parse(JSON.stringify(state()))).toEqual(before);
  });

  it('goes on with the retries where they stood', async () => {
    receiver.reply(saying('no'));
    await client.unifiedOrder({ notifyUrl: receiver.url });
    const paidAt = sandbox.now();
    await sandbox.pay('O1');
    await sandbox.advance(100_000);
    await restart();
    await sandbox.advance(79_999);
    expect(sandbox.notifyAttempts('O1')).toHaveLength(3);
    await sandbox.advance(400_000);
    expect(sandbox.notifyAttempts('O1').map(({ at, number }) => [number, at - paidAt])).toEqual([
      [1, 0],
      [2, 30_000],
      [3, 90_000],
      [4, 180_000],
      [5, 300_000],
      [6, 450_000],
    ]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });
    await restart();
    await sandbox.advance(1_000_000);
    expect(receiver.received).toHaveLength(6);
    receiver.reply(saying('success'));
    await sandbox.resendNotify('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 7 });
  });

  it('closes orders when their time is up, also one that ended while it was down', async () => {
    await client.cashierOrder({ notifyUrl: receiver.url });
    await restart();
    await sandbox.advance(960_000);
    expect(sandbox.order('O1')?.state).toBe(6);
    await client.unifiedOrder({ mchOrderNo: 'O2', notifyUrl: receiver.url, expiredTime: 60 });
    // Real time is far ahead of 1970 plus a minute, and behind this clock: it begins where the kept time is.
    await sandbox.advance(59_999);
    await restart({ clock: 'real' });
    await sandbox.advance(60_001);
    await sandbox.notifySettled('O2');
    expect(sandbox.order('O2')?.state).toBe(6);
  });

  it('finds orders by every number, and refuses one that it has', async () => {
    const { data } = (await client.cashierOrder()).json;
    const { cashierToken } = sandbox.order('O1') ?? {};
    await restart();
    expect((await client.query({ payOrderId: data?.['payOrderId'] })).json.data).toMatchObject({ mchOrderNo: 'O1' });
    expect((await client.cashierOrder()).json.msg).toBe('商户订单[O1]已存在');
    const page = await fetch(`${sandbox.url}/cashier?payOrderToken=${cashierToken}`);
    expect(page.status).toBe(200);
  });

  it('gives links to where it listens now', async () => {
    await client.cashierOrder();
    await restart();
    const { payUrl } = (await client.query({ mchOrderNo: 'O1' })).json.data ?? {};
    expect(payUrl).toMatch(new RegExp(`^${sandbox.url}/cashier`));
  });

  it('counts the journal on, and forgets what was evicted', async () => {
    await restart({ maxOrders: 2 });
    for (const mchOrderNo of ['O1', 'O2', 'O3']) await client.cashierOrder({ mchOrderNo });
    const last = sandbox.journal.lastSeq;
    await restart();
    expect(sandbox.orders().map(({ mchOrderNo }) => mchOrderNo)).toEqual(['O2', 'O3']);
    expect(sandbox.journal.of('order', 'M1', 'O1')).toEqual([]);
    await client.cashierOrder({ mchOrderNo: 'O1' });
    expect(sandbox.journal.since(last).map(({ seq }) => seq)).toEqual([last + 1, last + 2]);
  });
});

describe('a sandbox that cannot use its data file', () => {
  it('does not start beside another one', async () => {
    await expect(start()).rejects.toThrow(SandboxDataFileError);
  });

  it('does not start without the merchants of the orders, and leaves the file to others', async () => {
    await new MerchantClient(sandbox, OTHER).cashierOrder();
    await expect(restart({ merchants: [MERCHANT] })).rejects.toThrow(
      'has orders of merchants that are not configured: merchant M2, app A2',
    );
    await start();
    expect(sandbox.orders()).toHaveLength(1);
  });

  it('leaves the file to others when its port is taken', async () => {
    const taken = Number(new URL(receiver.url).port);
    await expect(restart({ port: taken })).rejects.toThrow('EADDRINUSE');
    await start();
  });
});
