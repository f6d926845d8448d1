import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type JournalEntry, Pass2PaySandbox } from '../../sandbox/index.js';
import { Journal } from '../../sandbox/gateway/journal/journal.js';
import { EventSource } from './support/event-source.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';
import { NotifyReceiver, saying } from './support/notify-receiver.js';

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

function typesOf(entries: readonly JournalEntry[]): string[] {
  return entries.map(({ type }) => type);
}

describe('the journal', () => {
  it('tells the life of an order', async () => {
    receiver.reply(saying('no'), saying('success'));
    await client.cashierOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    await sandbox.advance(30_000);
    await sandbox.notifySettled('O1');
    await client.query({ mchOrderNo: 'O1' });
    const entries = sandbox.journal.of('order', 'M1', 'O1');
    expect(typesOf(entries)).toEqual([
      'created',
      'request',
      'state',
      'state',
      'notify-scheduled',
      'notify-attempt',
      'notify-scheduled',
      'notify-attempt',
      'request',
    ]);
    expect(
      entries.every(({ mchNo, mchOrderNo, kind }) => mchNo === 'M1' && mchOrderNo === 'O1' && kind === 'order'),
    ).toBe(true);
    const { expiresAt } = sandbox.order('O1') ?? {};
    expect(entries[0]).toMatchObject({ state: 0, amount: 10031, currency: 'cny', expiresAt });
    expect(entries[1]).toMatchObject({
      endpoint: 'cashierOrder',
      method: 'POST',
      params: { mchOrderNo: 'O1', amount: '10031', sign: expect.stringMatching(/^[0-9A-F]{32}$/) },
      status: 200,
      code: 0,
      msg: 'SUCCESS',
      durationMs: expect.any(Number),
    });
    expect(entries[2]).toMatchObject({ from: 0, to: 1, cause: 'control' });
    expect(entries[3]).toMatchObject({ from: 1, to: 2, cause: 'control' });
    expect(entries[4]).toMatchObject({ number: 1, state: 2 });
    expect(entries[5]).toMatchObject({
      attempt: { number: 1, url: receiver.url, body: receiver.received[0]?.body, status: 200, response: 'no' },
    });
    expect(entries[6]).toMatchObject({ number: 2, state: 2 });
    expect(entries[7]).toMatchObject({ attempt: { number: 2, response: 'success', acknowledged: true } });
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('tells attempts by schedule from those resent or doubled, and one announcement from the next', async () => {
    await client.cashierOrder({ notifyUrl: receiver.url });
    sandbox.inject({ kind: 'notify-double' });
    await sandbox.close('O1');
    await sandbox.notifySettled('O1');
    await sandbox.resendNotify('O1');
    await sandbox.notifySettled('O1');
    await sandbox.payAfterClose('O1');
    await sandbox.notifySettled('O1');
    const told = sandbox.journal.of('order', 'M1', 'O1').flatMap((entry) => {
      if (entry.type === 'notify-scheduled') return [['scheduled', entry.delivery, entry.slot, entry.number]];
      return entry.type === 'notify-attempt' ? [['attempt', entry.delivery, entry.slot]] : [];
    });
    expect(told.slice(0, 1)).toEqual([['scheduled', 1, 1, 1]]);
    expect(told.slice(1, 3)).toEqual(
      expect.arrayContaining([
        ['attempt', 1, 1],
        ['attempt', 1, undefined],
      ]),
    );
    expect(told.slice(3)).toEqual([
      ['scheduled', 1, undefined, 3],
      ['attempt', 1, undefined],
      ['scheduled', 2, 1, 1],
      ['attempt', 2, 1],
    ]);
  });

  it('says who ended an order', async () => {
    await client.cashierOrder({ mchOrderNo: 'payer' });
    const { cashierToken } = sandbox.order('payer') ?? {};
    await fetch(`${sandbox.url}/cashier/${cashierToken}/pay`, { method: 'POST', redirect: 'manual' });
    await client.unifiedOrder({ mchOrderNo: 'expiry', expiredTime: 1 });
    await sandbox.advance(61_000);
    await sandbox.payAfterClose('expiry');
    await client.transferOrder();
    await sandbox.failTransfer('T1');
    const states = sandbox.journal
      .since(0)
      .flatMap((entry) => (entry.type === 'state' ? [[entry.mchOrderNo, entry.from, entry.to, entry.cause]] : []));
    expect(states).toEqual([
      ['payer', 0, 1, 'payer'],
      ['payer', 1, 2, 'payer'],
      ['expiry', 1, 6, 'expiry'],
      ['expiry', 6, 2, 'late'],
      ['T1', 1, 3, 'control'],
    ]);
    expect(sandbox.journal.of('transfer', 'M1', 'T1')).toMatchObject([
      { type: 'created', state: 1 },
      { type: 'request', endpoint: 'transferOrder' },
      { type: 'state' },
    ]);
  });

  it('tells of faults: injected, struck, removed', async () => {
    const fault = sandbox.inject({ kind: 'http-500', times: 2 });
    await client.cashierOrder();
    fault.remove();
    expect(sandbox.journal.since(0)).toMatchObject([
      { type: 'fault', action: 'injected', faultId: fault.id, remaining: 2, fault: { kind: 'http-500' } },
      { type: 'fault', action: 'struck', faultId: fault.id, remaining: 1, mchOrderNo: 'O1' },
      { type: 'request', fault: 'http-500', status: 500 },
      { type: 'fault', action: 'removed', faultId: fault.id },
    ]);
    const struck = sandbox.journal.since(0).find((entry) => entry.type === 'request');
    expect(struck).not.toHaveProperty('code');
  });

  it('tells of requests that were not understood', async () => {
    await client.send('/api/pay/nothing');
    await client.send('/api/pay/cashierOrder', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{',
    });
    expect(sandbox.journal.since(0)).toMatchObject([
      { type: 'request', path: '/api/pay/nothing', status: 404, params: {} },
      { type: 'request', endpoint: 'cashierOrder', status: 200, code: 11, params: {} },
    ]);
  });

  it('keeps the last 10,000 entries, and those of an order as long as the order', () => {
    const journal = new Journal(() => 5);
    journal.open('order', 'M1', 'O1');
    const event = { type: 'state', kind: 'order', mchNo: 'M1', from: 0, to: 1, cause: 'payer' } as const;
    journal.record({ ...event, mchOrderNo: 'O1' });
    for (let i = 0; i < 25_000; i++) journal.record({ ...event, mchOrderNo: 'unknown' });
    expect(journal.since(0)).toHaveLength(10_000);
    expect(journal.since(0)[0]?.seq).toBe(15_002);
    expect(journal.since(25_000)).toMatchObject([{ seq: 25_001, at: 5 }]);
    expect(journal.since(25_001)).toEqual([]);
    expect([0, 15_000, 15_001, 25_001, 25_002].map((seq) => journal.canContinueFrom(seq))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    expect(journal.of('order', 'M1', 'O1')).toMatchObject([{ seq: 1 }]);
    for (let i = 0; i < 1_200; i++) journal.record({ ...event, mchOrderNo: 'O1' });
    expect(journal.of('order', 'M1', 'O1')).toHaveLength(500);
    expect(journal.of('order', 'M1', 'unknown')).toEqual([]);
    journal.forget('order', 'M1', 'O1');
    expect(journal.of('order', 'M1', 'O1')).toEqual([]);
  });

  it('stops telling a listener that left', () => {
    const journal = new Journal(() => 5);
    const heard: number[] = [];
    const leave = journal.subscribe(({ seq }) => heard.push(seq));
    const event = { type: 'fault', action: 'removed', faultId: 1, fault: { kind: 'lost' }, remaining: 0 } as const;
    journal.record(event);
    leave();
    journal.record(event);
    expect(heard).toEqual([1]);
  });
});

describe('a refused signature', () => {
  async function check(params: Record<string, unknown>): Promise<Extract<JournalEntry, { type: 'request' }>> {
    await client.post('/api/pay/cashierOrder', params as Record<string, string>);
    const entry = sandbox.journal.since(0).at(-1);
    if (entry?.type !== 'request') throw new Error('no request');
    expect(entry.msg).toBe('验签失败');
    return entry;
  }

  it('shows what the gateway signed, without the secret, and the likely cause', async () => {
    const signed = new MerchantClient(sandbox, { ...MERCHANT, secret: OTHER.secret }).signed({
      mchOrderNo: 'O1',
      amount: 1,
      currency: 'cny',
    });
    const { signature } = await check(signed);
    expect(signature).toEqual({
      canonical:
        'amount=1&appId=A1&currency=cny&mchNo=M1&mchOrderNo=O1&reqTime=1716888888123&signType=MD5&version=1.1&key=********',
      received: signed.sign,
      causes: [{ code: 'other-app-secret', message: expect.stringContaining('the secret of A2') }],
    });
    expect(JSON.stringify(sandbox.journal.since(0))).not.toContain(MERCHANT.secret);
    // The signature that would have been right is nowhere to be read.
    expect(JSON.stringify(sandbox.journal.since(0))).not.toContain(client.signed({ ...signed, sign: undefined }).sign);
  });

  it.each([
    [{ amount: '008' }, 'amount', 'reads amount as 8'],
    [{ extraParam: 'x' }, 'extraParam', 'does not know extraParam'],
    [{ ExtParam: 'x' }, 'ExtParam', 'reads ExtParam as extParam'],
  ])('names what the gateway read otherwise: %j', async (params, parameter, words) => {
    const { signature } = await check(client.signed({ mchOrderNo: 'O1', amount: 1, currency: 'cny', ...params }));
    expect(signature?.causes).toEqual([{ code: 'read-otherwise', parameter, message: expect.stringContaining(words) }]);
  });

  it('names a mistake over what the gateway reads, where a field was not signed', async () => {
    const signed = new MerchantClient(sandbox, { ...MERCHANT, secret: `${MERCHANT.secret} ` }).signed({
      mchOrderNo: 'O1',
      amount: 1,
      currency: 'cny',
    });
    const { signature } = await check({ ...signed, unheardOf: 'x' });
    expect(signature?.causes[0]?.code).toBe('secret-whitespace');
  });

  it('stays short whatever comes', async () => {
    const { signature, params } = await check({
      ...client.signed({ mchOrderNo: 'O'.repeat(100_000), amount: 1, currency: 'cny' }),
      sign: 'x'.repeat(100_000),
    });
    expect(JSON.stringify([signature, params]).length).toBeLessThan(20_000);
  });
});

describe('the journal over HTTP', () => {
  async function journal(query: string): Promise<JournalEntry[]> {
    return (await fetch(`${sandbox.url}/sandbox/journal${query}`)).json() as Promise<JournalEntry[]>;
  }

  it('is read from an entry on, for one merchant, order or kind', async () => {
    await client.cashierOrder();
    await new MerchantClient(sandbox, OTHER).cashierOrder({ mchOrderNo: 'O2' });
    await client.transferOrder({ mchOrderNo: 'O1' });
    expect(typesOf(await journal(''))).toEqual(['created', 'request', 'created', 'request', 'created', 'request']);
    expect((await journal('?since=4')).map(({ seq }) => seq)).toEqual([5, 6]);
    expect((await journal('?mchNo=M2')).map(({ seq }) => seq)).toEqual([3, 4]);
    expect((await journal('?mchOrderNo=O1')).map(({ seq }) => seq)).toEqual([1, 2, 5, 6]);
    expect((await journal('?mchOrderNo=O1&kind=transfer')).map(({ seq }) => seq)).toEqual([5, 6]);
    const own = await fetch(`${sandbox.url}/sandbox/transfers/O1/journal`);
    expect(await own.json()).toEqual(await journal('?mchOrderNo=O1&kind=transfer'));
  });

  it('is told as it grows, from the last entry that the client has', async () => {
    await client.cashierOrder();
    const source = await EventSource.open(`${sandbox.url}/sandbox/events`, { 'Last-Event-ID': '1' });
    await source.data(1);
    await sandbox.close('O1');
    await source.data(2);
    expect(source.events).toMatchObject([
      { id: '2', event: 'journal', data: { seq: 2, type: 'request' } },
      { id: '3', event: 'journal', data: { seq: 3, type: 'state', to: 6 } },
    ]);
  });

  it('tells only what is new without a last entry, and only what was asked for', async () => {
    await client.cashierOrder();
    const source = await EventSource.open(`${sandbox.url}/sandbox/events?mchOrderNo=O2`);
    await sandbox.close('O1');
    await client.cashierOrder({ mchOrderNo: 'O2' });
    await source.data(2);
    expect(source.events).toMatchObject([
      { event: 'journal', data: { type: 'created', mchOrderNo: 'O2' } },
      { event: 'journal', data: { type: 'request', mchOrderNo: 'O2' } },
    ]);
  });

  it('says so when what the client has is of another life', async () => {
    await client.cashierOrder();
    const source = await EventSource.open(`${sandbox.url}/sandbox/events`, { 'Last-Event-ID': '900' });
    await source.data(3);
    expect(source.events).toMatchObject([
      { event: 'reset', data: { lastSeq: 2 } },
      { id: '1', event: 'journal' },
      { id: '2', event: 'journal' },
    ]);
  });
});
