import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { type NotifyResult, Pass2PaySandbox, type SandboxOptions, SandboxStateError } from '../../sandbox/index.js';
import { resolveOptions } from '../../sandbox/gateway/options.js';
import { verify } from '../../lib/protocol/signature/verify.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';
import { entered } from './support/entered.js';
import { NotifyReceiver, saying, silent, timedOut } from './support/notify-receiver.js';

/** How long all six attempts take. */
const SCHEDULE_MS = 450_000;

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

async function order(mchOrderNo = 'O1', params: Record<string, string> = {}): Promise<void> {
  const { json } = await client.cashierOrder({ mchOrderNo, notifyUrl: receiver.url, ...params });
  expect(json.code).toBe(0);
}

/** What comes of the notify when the whole schedule has passed. */
async function settled(mchOrderNo: string): Promise<NotifyResult> {
  await sandbox.advance(SCHEDULE_MS);
  return sandbox.notifySettled(mchOrderNo);
}

function fieldsOf(body: string): { sign: string | undefined; fields: Record<string, string> } {
  const { sign, ...fields } = Object.fromEntries(new URLSearchParams(body)) as Record<string, string>;
  return { sign, fields };
}

function verifies(body: string): boolean {
  const { sign, fields } = fieldsOf(body);
  return verify(fields, sign, MERCHANT.secret);
}

describe('what a notify says', () => {
  it('success: all fields of the query but payUrl, with reqTime and sign', async () => {
    await order('O1', { extParam: '', clientIp: '1.2.3.4' });
    await sandbox.pay('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 1 });
    const [notify] = receiver.received;
    expect(notify?.method).toBe('POST');
    expect(notify?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      'user-agent': expect.stringContaining('Hutool'),
    });
    const { fields } = fieldsOf(notify?.body ?? '');
    const { data } = (await client.query({ mchOrderNo: 'O1' })).json;
    const { payUrl: _payUrl, ...queried } = data ?? {};
    expect(fields).toEqual({
      ...Object.fromEntries(Object.entries(queried).map(([name, value]) => [name, String(value)])),
      reqTime: expect.stringMatching(/^\d{13}$/),
    });
    expect(fields).toMatchObject({ state: '2', extParam: '', successTime: expect.stringMatching(/^\d{13}$/) });
    expect(verifies(notify?.body ?? '')).toBe(true);
  });

  it.each([
    ['fail', '3'],
    ['close', '6'],
  ] as const)('%s: state %s', async (control, state) => {
    await order();
    await sandbox[control]('O1');
    await sandbox.notifySettled('O1');
    expect(fieldsOf(receiver.received[0]?.body ?? '').fields).toMatchObject({ state });
    expect(verifies(receiver.received[0]?.body ?? '')).toBe(true);
  });

  it('an expired order is announced', async () => {
    await client.unifiedOrder({ notifyUrl: receiver.url, expiredTime: 60 });
    await sandbox.advance(120_000);
    expect(fieldsOf(receiver.received[0]?.body ?? '').fields).toMatchObject({ state: '6' });
  });

  it('a refund is not announced, nor anything without notifyUrl', async () => {
    await order();
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    await sandbox.refund('O1');
    await order('O2', { notifyUrl: '' });
    await sandbox.pay('O2');
    expect(sandbox.notifyAttempts('O2')).toEqual([]);
    await expect(sandbox.notifySettled('O2')).rejects.toThrow('no notifyUrl');
    await expect(sandbox.resendNotify('O2')).rejects.toThrow(SandboxStateError);
    expect(receiver.received).toHaveLength(1);
  });

  it('transfers, success and failure', async () => {
    await client.transferOrder({ notifyUrl: receiver.url, extParam: 'x' });
    await client.transferOrder({ mchOrderNo: 'T2', notifyUrl: receiver.url });
    await sandbox.succeedTransfer('T1');
    await sandbox.notifySettled('T1');
    await sandbox.failTransfer('T2');
    await sandbox.notifySettled('T2');
    const [first, second] = receiver.received.map(({ body }) => fieldsOf(body).fields);
    expect(first).toMatchObject({ mchOrderNo: 'T1', state: '2', amount: '100', extParam: 'x', entryType: 'BANK_CARD' });
    expect(first).toHaveProperty('transferId');
    expect(second).toMatchObject({ mchOrderNo: 'T2', state: '3', errMsg: 'The bank declined' });
    expect(receiver.received.every(({ body }) => verifies(body))).toBe(true);
    expect(sandbox.notifyAttempts('T1')).toHaveLength(1);
  });

  it('a payment after the close: state 2 without successTime, the query stays', async () => {
    await order();
    await sandbox.close('O1');
    await sandbox.notifySettled('O1');
    await sandbox.payAfterClose('O1');
    await sandbox.notifySettled('O1');
    const late = receiver.received[1]?.body ?? '';
    expect(fieldsOf(late).fields).toMatchObject({ state: '2', mchOrderNo: 'O1' });
    expect(fieldsOf(late).fields).not.toHaveProperty('successTime');
    expect(verifies(late)).toBe(true);
    expect((await client.query({ mchOrderNo: 'O1' })).json.data?.['state']).toBe(6);
    expect(sandbox.notifyAttempts('O1').map(({ state }) => state)).toEqual([6, 2]);
  });
});

describe('the schedule', () => {
  it('six attempts of the same bytes, the gaps growing, by the machine’s clock', async () => {
    await sandbox.stop();
    const time = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    try {
      await start({ clock: 'real', notifySpeed: 500 });
      receiver.reply(saying('no'));
      await order();
      await sandbox.pay('O1');
      for (const [index, gap] of [60, 120, 180, 240, 300].entries()) {
        await entered(sandbox, (entry) => entry.type === 'notify-scheduled' && entry.number === index + 2);
        time.tick(gap);
      }
      expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: false, attempts: 6 });
      expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
      const attempts = sandbox.notifyAttempts('O1');
      expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(attempts.map(({ at }) => at - attempts[0]!.at)).toEqual([0, 60, 180, 360, 600, 900]);
    } finally {
      time.uninstall();
    }
  });

  it('ends with the first acknowledgement', async () => {
    receiver.reply(saying('fail', 500), saying('later'), saying('success'), saying('success'));
    await order();
    await sandbox.pay('O1');
    expect(await settled('O1')).toEqual({ acknowledged: true, attempts: 3 });
    expect(receiver.received).toHaveLength(3);
  });

  it('records each attempt', async () => {
    receiver.reply(saying('x'.repeat(5_000), 404), saying('SUCCESS'));
    await order();
    await sandbox.pay('O1');
    await settled('O1');
    const [first, second] = sandbox.notifyAttempts('O1');
    expect(first).toMatchObject({
      number: 1,
      at: expect.any(Number),
      url: receiver.url,
      body: receiver.received[0]?.body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      state: 2,
      status: 404,
      response: 'x'.repeat(2_048),
      durationMs: expect.any(Number),
      acknowledged: false,
      judgement: { verdict: 'not-found', acknowledged: false, reason: expect.stringContaining('(HTTP 404)') },
    });
    expect(second).toMatchObject({ number: 2, status: 200, response: 'SUCCESS', acknowledged: true });
    expect(second?.judgement).toMatchObject({ verdict: 'acknowledged', reason: expect.stringContaining('lower case') });
    expect(second?.error).toBeUndefined();
  });

  it('counts a refused connection and a bad URL as attempts', async () => {
    await order('O1', { notifyUrl: 'http://127.0.0.1:1/notify' });
    await order('O2', { notifyUrl: 'http://' });
    await sandbox.pay('O1');
    await sandbox.pay('O2');
    expect(await settled('O1')).toEqual({ acknowledged: false, attempts: 6 });
    expect(sandbox.notifyAttempts('O1')[0]?.error).toMatch(/ECONNREFUSED/);
    expect(await sandbox.notifySettled('O2')).toEqual({ acknowledged: false, attempts: 6 });
    expect(sandbox.notifyAttempts('O2')[0]?.error).toMatch(/Invalid URL/);
  });

  it.each([{}, { notifySpeed: 2_000 }, { notifySpeed: 2_000, clock: 'stepped' }] as const)(
    'with %j waits 20 s for a response, since the receiver is no faster',
    (options) => {
      expect(resolveOptions(options).notifyTimeoutMs).toBe(20_000);
    },
  );

  it('gives up on a silent receiver, and goes on', async () => {
    receiver.reply(timedOut, saying('success'));
    await order();
    await sandbox.pay('O1');
    expect(await settled('O1')).toEqual({ acknowledged: true, attempts: 2 });
    expect(sandbox.notifyAttempts('O1')[0]?.error).toBe('no response within 60000 ms');
  });

  it('does not wait for the answer of the first attempt', async () => {
    receiver.reply(silent);
    await order();
    await sandbox.pay('O1');
    await receiver.heard(1);
    expect(sandbox.notifyAttempts('O1')).toEqual([]);
  });

  it('stops in the middle, and lets who waits go', async () => {
    receiver.reply(silent);
    await order();
    await sandbox.pay('O1');
    const result = sandbox.notifySettled('O1');
    await sandbox.stop();
    expect(await result).toMatchObject({ acknowledged: false });
  });

  it('forgets the notifies of an order that was evicted', async () => {
    await sandbox.stop();
    await start({ maxOrders: 1 });
    receiver.reply(saying('no'));
    await order();
    await sandbox.pay('O1');
    const result = sandbox.notifySettled('O1');
    await entered(sandbox, ({ type }) => type === 'notify-attempt');
    await order('O2');
    expect((await result).acknowledged).toBe(false);
    expect(() => sandbox.notifyAttempts('O1')).toThrow('O1');
    await sandbox.advance(SCHEDULE_MS);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('what counts as an acknowledgement', () => {
  it.each([
    ['success', saying('success')],
    ['SUCCESS', saying('SUCCESS')],
    ['sUcCeSs with status 500', saying('sUcCeSs', 500)],
    ['success as JSON by its type', saying('success', 200, { 'Content-Type': 'application/json' })],
    ['success, gzipped', saying(gzipSync('success'), 200, { 'Content-Encoding': 'gzip' })],
    [
      'success in UTF-16',
      saying(Buffer.from('success', 'utf16le'), 200, { 'Content-Type': 'text/plain;charset=utf-16le' }),
    ],
  ])('%s does', async (_what, reply) => {
    receiver.reply(reply);
    await order();
    await sandbox.pay('O1');
    expect(await settled('O1')).toEqual({ acknowledged: true, attempts: 1 });
  });

  it.each([
    ['a newline after it', saying('success\n')],
    ['quotes', saying('"success"')],
    ['a space before it', saying(' success')],
    ['a byte order mark', saying('\uFEFFsuccess')],
    ['JSON', saying('{"code":"success"}', 200, { 'Content-Type': 'application/json' })],
    ['nothing', saying('')],
    ['more', saying('successful')],
    ['broken gzip', saying('success', 200, { 'Content-Encoding': 'gzip' })],
  ])('%s does not', async (_what, reply) => {
    receiver.reply(reply, saying('success'));
    await order();
    await sandbox.pay('O1');
    expect(await settled('O1')).toEqual({ acknowledged: true, attempts: 2 });
  });

  it('a redirect is not followed', async () => {
    const target = await NotifyReceiver.start();
    try {
      receiver.reply(saying('', 302, { Location: target.url }), saying('success'));
      await order();
      await sandbox.pay('O1');
      expect(await settled('O1')).toEqual({ acknowledged: true, attempts: 2 });
      expect(target.received).toEqual([]);
    } finally {
      await target.stop();
    }
  });
});

describe('resending', () => {
  it('sends the same bytes once more', async () => {
    await order();
    await expect(sandbox.resendNotify('O1')).rejects.toThrow('O1 has no notify: its state is 0');
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    await sandbox.resendNotify('O1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 2 });
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  });

  it('makes a seventh attempt when six have failed', async () => {
    receiver.reply(saying('no'));
    await order();
    await sandbox.pay('O1');
    await settled('O1');
    receiver.reply(saying('success'));
    await sandbox.resendNotify('O1', 'M1');
    expect(await sandbox.notifySettled('O1')).toEqual({ acknowledged: true, attempts: 7 });
  });
});

describe('formats', () => {
  const AWKWARD = { extParam: 'a=b c%', mchOrderNo: '订单1' };

  it.each(['form', 'raw-form', 'query'] as const)('%s arrives and verifies', async (notifyFormat) => {
    await sandbox.stop();
    await start({ notifyFormat });
    await order(AWKWARD.mchOrderNo, AWKWARD);
    await sandbox.pay(AWKWARD.mchOrderNo);
    await sandbox.notifySettled(AWKWARD.mchOrderNo);
    const [notify] = receiver.received;
    const [path, query = ''] = (notify?.url ?? '').split('?');
    expect(path).toBe('/notify');
    expect(notify?.body === '').toBe(notifyFormat === 'query');
    expect(query === '').toBe(notifyFormat !== 'query');
    const carried = notifyFormat === 'query' ? query : (notify?.body ?? '');
    // query and raw-form leave = as it is and write %20; form escapes it.
    expect(carried).toContain(notifyFormat === 'form' ? 'extParam=a%3Db+c%25&' : 'extParam=a=b%20c%25&');
    expect(fieldsOf(carried).fields).toMatchObject(AWKWARD);
    expect(verifies(carried)).toBe(true);
  });

  it('json arrives with amounts, state and times as numbers, and verifies by their digits', async () => {
    await sandbox.stop();
    await start({ notifyFormat: 'json' });
    await order(AWKWARD.mchOrderNo, AWKWARD);
    await sandbox.pay(AWKWARD.mchOrderNo);
    await sandbox.notifySettled(AWKWARD.mchOrderNo);
    const [notify] = receiver.received;
    expect(notify?.headers['content-type']).toBe('application/json;charset=UTF-8');
    const { sign: signature, ...members } = JSON.parse(notify?.body ?? '') as Record<string, string | number>;
    expect(members).toMatchObject({ ...AWKWARD, amount: 10031, state: 2, createdAt: expect.any(Number) });
    expect(verify(members, signature, MERCHANT.secret)).toBe(true);
    expect(sandbox.notifyAttempts(AWKWARD.mchOrderNo)[0]).toMatchObject({ format: 'json', body: notify?.body });
  });

  it.each(['form', 'raw-form', 'query'] as const)(
    '%s breaks on an & in a value, as the gateway does',
    async (notifyFormat) => {
      await sandbox.stop();
      await start({ notifyFormat });
      await order('O1', { extParam: 'a&b' });
      await sandbox.pay('O1');
      await sandbox.notifySettled('O1');
      const [notify] = receiver.received;
      const carried = notifyFormat === 'query' ? (notify?.url.split('?')[1] ?? '') : (notify?.body ?? '');
      expect(fieldsOf(carried).fields['extParam']).toBe('a');
      expect(verifies(carried)).toBe(false);
    },
  );

  it('form mixes the notifyUrl’s own query in', async () => {
    await order('O1', { notifyUrl: `${receiver.url}?tenant=7` });
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    expect(receiver.received[0]?.url).toBe('/notify');
    expect(fieldsOf(receiver.received[0]?.body ?? '').fields).toMatchObject({ tenant: '7', state: '2' });
    expect(verifies(receiver.received[0]?.body ?? '')).toBe(false);
  });

  it('of one order alone are another by a fault', async () => {
    sandbox.inject({ kind: 'notify-format', format: 'json', mchOrderNo: 'O1', times: Infinity });
    for (const mchOrderNo of ['O1', 'O2']) {
      await order(mchOrderNo);
      await sandbox.pay(mchOrderNo);
      await sandbox.notifySettled(mchOrderNo);
    }
    expect(receiver.received.map(({ body }) => body.startsWith('{'))).toEqual([true, false]);
  });
});

describe('what a notify may have beside the documented fields', () => {
  it('fees of a rate, and extra fields, all of them signed', async () => {
    await sandbox.stop();
    await start({ notifyFeeRate: '0.006', notifyExtras: { channelUser: '2088' } });
    await order();
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    const body = receiver.received[0]?.body ?? '';
    expect(fieldsOf(body).fields).toMatchObject({ mchFeeRate: '0.006', mchFeeAmount: '60', channelUser: '2088' });
    expect(verifies(body)).toBe(true);
  });
});

describe('a receiver that breaks off', () => {
  it('gets the notify twice at once in each attempt when it resets the connection', async () => {
    receiver.reply((response) => response.socket?.resetAndDestroy());
    await order();
    await sandbox.pay('O1');
    await sandbox.advance(0);
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
    expect(sandbox.notifyAttempts('O1')).toMatchObject([{ posts: 2, acknowledged: false }]);
    receiver.reply((response) => response.socket?.resetAndDestroy(), saying('success'));
    await sandbox.advance(30_000);
    expect(sandbox.notifyAttempts('O1')).toMatchObject([{ posts: 2 }, { number: 2, posts: 2, acknowledged: true }]);
  });
});
