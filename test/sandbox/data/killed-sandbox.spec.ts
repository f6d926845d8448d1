import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sign } from '../../../lib/protocol/signature/sign.js';
import type { JournalEntry, SandboxOrder } from '../../../sandbox/index.js';
import { Happenings } from '../support/happenings.js';
import { MERCHANT, orderParams } from '../support/merchant-client.js';
import { NotifyReceiver, saying } from '../support/notify-receiver.js';
import { SandboxProcess } from '../support/sandbox-process.js';

let folder: string;
let dataFile: string;
let receiver: NotifyReceiver;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-killed-'));
  dataFile = join(folder, 'data');
  receiver = await NotifyReceiver.start();
});
afterEach(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

async function get<T>(sandbox: SandboxProcess, path: string): Promise<T> {
  return (await fetch(`${sandbox.url}/sandbox/${path}`)).json() as Promise<T>;
}

async function create(sandbox: SandboxProcess, mchOrderNo: string): Promise<void> {
  const { mchNo, appId, secret } = MERCHANT;
  const params = { mchNo, appId, version: '1.1', signType: 'MD5', reqTime: 1, ...orderParams(), mchOrderNo };
  const all = { ...params, notifyUrl: receiver.url };
  const response = await fetch(`${sandbox.url}/api/pay/cashierOrder`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ...all, sign: sign(all, secret) }),
  });
  expect(await response.json()).toMatchObject({ code: 0 });
}

async function pay(sandbox: SandboxProcess, mchOrderNo: string): Promise<void> {
  const response = await fetch(`${sandbox.url}/sandbox/orders/${mchOrderNo}/pay`, { method: 'POST' });
  expect(response.status).toBe(200);
  await response.text();
}

describe('a sandbox that is killed', () => {
  it('has, started anew, all that it had answered, and delivers every notify', async () => {
    const options = { merchants: [MERCHANT], dataFile };
    const created = new Set<string>();
    const paid = new Set<string>();
    const happenings = new Happenings();
    let serial = 0;
    for (let life = 0; life < 4; life++) {
      const sandbox = await SandboxProcess.start(options);
      for (const mchOrderNo of created) {
        const order = await get<SandboxOrder>(sandbox, `orders/${mchOrderNo}`);
        expect([order.mchOrderNo, paid.has(mchOrderNo) ? order.state : 'any']).toEqual([
          mchOrderNo,
          paid.has(mchOrderNo) ? 2 : 'any',
        ]);
      }
      const seqs = (await get<JournalEntry[]>(sandbox, 'journal')).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      // Three merchants at once, until the sandbox is gone in the middle of their work.
      const work = Array.from({ length: 3 }, async () => {
        try {
          for (;;) {
            serial += 1;
            const mchOrderNo = `O${serial}`;
            await create(sandbox, mchOrderNo);
            created.add(mchOrderNo);
            await pay(sandbox, mchOrderNo);
            paid.add(mchOrderNo);
            happenings.tell();
          }
        } catch (error) {
          // A request that was cut off is neither done nor undone, as in life.
          expect(error).toHaveProperty('name', 'TypeError');
        }
      });
      const enough = paid.size + 10 + life * 7;
      await happenings.until(() => paid.size >= enough);
      await sandbox.kill();
      await Promise.all(work);
    }
    const sandbox = await SandboxProcess.start(options);
    const announced = (): Set<string | null> =>
      new Set(receiver.received.map(({ body }) => new URLSearchParams(body).get('mchOrderNo')));
    await receiver.until(() => [...paid].every((mchOrderNo) => announced().has(mchOrderNo)));
    expect(paid.size).toBeGreaterThan(60);
    await sandbox.stop();
  }, 120_000);

  it('goes on with a notify whose time came while it was down', async () => {
    receiver.reply(saying('no'));
    const options = { merchants: [MERCHANT], dataFile, notifySpeed: 30_000 };
    const sandbox = await SandboxProcess.start({ ...options, clock: 'stepped' });
    await create(sandbox, 'O1');
    await pay(sandbox, 'O1');
    await receiver.heard(1);
    await sandbox.kill();
    receiver.reply(saying('success'));
    const again = await SandboxProcess.start(options);
    await receiver.heard(2);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    await again.stop();
  });

  it('leaves its file to the next, and a living one does not', async () => {
    const options = { merchants: [MERCHANT], dataFile };
    const sandbox = await SandboxProcess.start(options);
    await expect(SandboxProcess.start(options)).rejects.toThrow(/is in use: process \d+/);
    await sandbox.kill();
    await (await SandboxProcess.start(options)).stop();
    await (await SandboxProcess.start(options)).stop();
  });
});

describe('many notifies at once', () => {
  it('raise no warning', async () => {
    const held: (() => void)[] = [];
    receiver.reply((response) => held.push(() => response.end('success')));
    const sandbox = await SandboxProcess.start({ merchants: [MERCHANT] });
    for (let n = 0; n < 70; n++) {
      await create(sandbox, `O${n}`);
      await pay(sandbox, `O${n}`);
    }
    // As many as are sent at a time, and no more.
    await receiver.heard(64);
    receiver.reply(saying('success'));
    for (const respond of held) respond();
    await receiver.heard(70);
    await sandbox.stop();
    expect(sandbox.stderr).toBe('');
  });
});
