import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CONTROLS } from '../../sandbox/gateway/controls/controls.js';
import { FAULT_FIELDS } from '../../sandbox/gateway/faults/check-fault.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type FaultHandle } from '../../sandbox/index.js';
import { MerchantClient } from '../sandbox/support/merchant-client.js';
import { NotifyReceiver, saying } from '../sandbox/support/notify-receiver.js';
import { RunDocument } from './support/document.js';

const document = new RunDocument('docs/sandbox-controls.md');
const page = readFileSync(new URL('../../docs/sandbox-controls.md', import.meta.url), 'utf8');

/** The cells of all rows of tables. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const documentedControls = rows.flatMap(([, control = '', , example = '']) => {
  const name = /^`((?:GET|POST|DELETE) \S+)`$/.exec(control)?.[1];
  return name === undefined ? [] : [{ name, example: example.replaceAll('`', '') }];
});

const documentedFaults = rows.flatMap(([, kind = '', fields = '']) => {
  const name = /^`([a-z0-9-]+)`$/.exec(kind)?.[1];
  return name === undefined ? [] : [{ name, fields: Array.from(fields.matchAll(/`(\w+)`/g), ([, field]) => field) }];
});

let sandbox: Pass2PaySandbox;
/** Has refunds. */
let platform: Pass2PaySandbox;
let receiver: NotifyReceiver;

beforeAll(async () => {
  receiver = await NotifyReceiver.start();
  sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
  const client = new MerchantClient(sandbox, DEFAULT_MERCHANT);
  for (const mchOrderNo of ['A1', 'A2', 'A3']) await client.unifiedOrder({ mchOrderNo, notifyUrl: receiver.url });
  for (const mchOrderNo of ['T1', 'T2']) await client.transferOrder({ mchOrderNo, notifyUrl: receiver.url });
  platform = await Pass2PaySandbox.start({ dialect: 'platform', clock: 'stepped' });
  for (const mchOrderNo of ['R1', 'R2']) await refund(mchOrderNo);
});
afterAll(async () => {
  await sandbox.stop();
  await platform.stop();
  await receiver.stop();
});

/** A refund of all of a paid order, both of one number. */
async function refund(number: string): Promise<void> {
  const client = new MerchantClient(platform, DEFAULT_MERCHANT);
  const { url: notifyUrl } = receiver;
  const order = { mchOrderNo: number, wayCode: 'ALI_QR', amount: 1, currency: 'cny', subject: 's', body: 'b' };
  await client.post('/api/pay/unifiedOrder', client.signed(order));
  await platform.pay(number);
  const of = { mchOrderNo: number, mchRefundNo: number, refundAmount: 1, currency: 'cny', refundReason: 'r' };
  await client.post('/api/refund/refundOrder', client.signed({ ...of, notifyUrl }));
}

describe('docs/sandbox-controls.md', () => {
  it('has every control, and no other', () => {
    const names = CONTROLS.map(({ method, path }) => `${method} ${path}`);
    expect(documentedControls.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  it('has every fault with what it takes, and no other', () => {
    const common = new Set(['endpoint', 'mchNo', 'mchOrderNo', 'times']);
    const own = Object.entries(FAULT_FIELDS).map(([name, fields]) => ({
      name,
      fields: fields.filter((field) => !common.has(field)),
    }));
    const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
    expect(documentedFaults.toSorted(byName)).toEqual(own.toSorted(byName));
  });

  it.each(documentedControls)('$name does what its example asks for', async ({ name, example }) => {
    const [, method, body, address = ''] =
      /^curl(?: -N)?(?: -X (\w+))?(?: -d '([^']*)')? '?localhost:9216([^' ]*)'?$/.exec(example) ?? [];
    const [wantedMethod, pattern = ''] = name.split(' ');
    expect(method ?? (body === undefined ? 'GET' : 'POST')).toBe(wantedMethod);
    expect(address.split('?')[0]).toMatch(new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`));
    const { url } = address.startsWith('/sandbox/refunds') ? platform : sandbox;
    const response = await fetch(`${url}${address}`, { method: wantedMethod, ...(body && { body }) });
    expect(response.status).toBe(pattern === '/sandbox/faults' && wantedMethod === 'POST' ? 201 : 200);
    if (pattern === '/sandbox/events') await response.body?.cancel();
    else expect(await response.json()).toBeDefined();
  });

  it('counts down a fault that was injected in code', async () => {
    const { sandbox: own, fault } = await document.load<{ sandbox: Pass2PaySandbox; fault: FaultHandle }>(
      'reset-after',
    );
    const client = new MerchantClient(own, DEFAULT_MERCHANT);
    await expect(client.cashierOrder({ mchOrderNo: 'A1' })).rejects.toThrow();
    expect(fault.remaining).toBe(1);
    expect(own.order('A1')).toBeDefined();
    await own.stop();
  });

  it('has an order paid after it has closed', async () => {
    const { payLate } = await document.load<{
      payLate: (sandbox: Pass2PaySandbox, mchOrderNo: string) => Promise<void>;
    }>('payLate');
    const own = await Pass2PaySandbox.start();
    const shop = await NotifyReceiver.start(saying('success'));
    await new MerchantClient(own, DEFAULT_MERCHANT).unifiedOrder({ mchOrderNo: 'A1', notifyUrl: shop.url });
    await payLate(own, 'A1');
    expect(own.order('A1')).toMatchObject({ state: 6 });
    expect(await own.notifySettled('A1')).toMatchObject({ acknowledged: true });
    await own.stop();
    await shop.stop();
  });

  it('makes all attempts at once where time is stepped', async () => {
    const { sandbox: own, attemptsAfterPayment } = await document.load<{
      sandbox: Pass2PaySandbox;
      attemptsAfterPayment: (mchOrderNo: string) => Promise<number>;
    }>('stepped');
    const deaf = await NotifyReceiver.start(saying('no'));
    await new MerchantClient(own, DEFAULT_MERCHANT).unifiedOrder({ mchOrderNo: 'A1', notifyUrl: deaf.url });
    expect(await attemptsAfterPayment('A1')).toBe(6);
    await own.stop();
    await deaf.stop();
  });

  it('has no block that is not run', () => expect(document.unrun()).toEqual([]));
});
