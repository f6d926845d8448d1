import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';
import { signedNotify } from './support/notify.js';
import { PAYER } from './support/payer.js';
import { ADMIN_PASSWORD, RunningShop } from './support/running-shop.js';

describe('the merchant’s orders', () => {
  let sandbox: Pass2PaySandbox;
  let database: TestDatabase;
  let shop: RunningShop;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ clock: 'stepped', notifyTimeoutMs: 60_000 });
    database = await sqliteDatabase();
    shop = await RunningShop.open(sandbox, database);
  });

  afterAll(async () => {
    await shop?.close();
    await sandbox?.stop();
    await database?.drop();
  });

  const signedIn = (password = ADMIN_PASSWORD) => ({
    Authorization: `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`,
  });

  async function list(query = ''): Promise<string> {
    const response = await fetch(`${shop.url}/merchant/orders${query}`, { headers: signedIn() });
    expect(response.status).toBe(200);
    return response.text();
  }

  /** The row of an order, without markup. */
  function rowOf(page: string, mchOrderNo: string): string {
    const row = new RegExp(`<tr role="row" data-order="${mchOrderNo}"[^]*?</tr>`).exec(page)![0];
    return row.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  }

  test.each<[string, Record<string, string>]>([
    ['no password', {}],
    ['a wrong password', signedIn('open-sesame')],
    ['a password that begins rightly', signedIn(`${ADMIN_PASSWORD}!`)],
    ['an empty password', signedIn('')],
    ['something else', { Authorization: `Bearer ${ADMIN_PASSWORD}` }],
    ['bad Base64', { Authorization: 'Basic ::::' }],
  ])('are closed to %s', async (_what, headers) => {
    const { mchOrderNo } = await shop.placed();
    const responses = [
      await fetch(`${shop.url}/merchant/orders`, { headers }),
      await shop.submit(`/merchant/orders/${mchOrderNo}/ask`, {}, headers),
    ];
    for (const response of responses) {
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe('Basic realm="Merchant", charset="UTF-8"');
      expect(await response.text()).not.toContain(mchOrderNo);
    }
  });

  test('are closed to everybody where no password is set', async () => {
    const environment = { ...database.environment, SHOP_ADMIN_PASSWORD: '' };
    const closed = await RunningShop.open(sandbox, { ...database, environment });
    try {
      for (const password of ['', ADMIN_PASSWORD]) {
        const response = await fetch(`${closed.url}/merchant/orders`, { headers: signedIn(password) });
        expect(response.status).toBe(401);
      }
    } finally {
      await closed.close();
    }
  });

  test('need a password of some length', async () => {
    const environment = { ...database.environment, SHOP_ADMIN_PASSWORD: 'password' };
    await expect(RunningShop.open(sandbox, { ...database, environment })).rejects.toThrow(
      'SHOP_ADMIN_PASSWORD must have 12 characters or more',
    );
  });

  test('show the truth: state, amount, late payment, refund, mismatch, trouble', async () => {
    const unpaid = await shop.order();
    const late = await shop.order();
    await sandbox.close(late);
    await sandbox.notifySettled(late);
    await sandbox.payAfterClose(late);
    await sandbox.notifySettled(late);
    const refunded = await shop.order();
    await sandbox.pay(refunded);
    await sandbox.refund(refunded);
    await shop.notify(signedNotify(sandbox, refunded, { state: '5' }));
    const odd = await shop.order();
    await shop.notify(signedNotify(sandbox, odd, { amount: '1' }));
    sandbox.inject({ kind: 'reset-after', times: Infinity });
    await shop.submit('/checkout/cup/order', { ...PAYER, checkoutKey: await shop.formKey() });
    sandbox.clearFaults();
    const unknown = (await shop.rows()).at(-1)!.mchOrderNo;

    const page = await list();
    expect(rowOf(page, unpaid)).toMatch(/Longjing tea, 100 g CN¥88.00 Unpaid Query the gateway/);
    expect(rowOf(page, late)).toMatch(/ Paid Paid late Paid at .*\. Query the gateway/);
    expect(rowOf(page, refunded)).toContain('CN¥88.00 Refunded');
    expect(rowOf(page, odd)).toContain('Unpaid Event that did not match: amount is 1, not 8800');
    expect(rowOf(page, unknown)).toContain('CN¥126.50 Unpaid Unknown at the gateway');
    // Who pays is nothing that this page needs.
    for (const text of Object.values(PAYER)) expect(page).not.toContain(text);
  });

  test('ask the gateway, and bring what it tells into the books', async () => {
    const mchOrderNo = await shop.order();
    const ask = async () => {
      const response = await shop.submit(`/merchant/orders/${mchOrderNo}/ask`, {}, signedIn());
      expect(response.status).toBe(303);
      return list(new URL(response.headers.get('Location')!, shop.url).search);
    };
    expect(await ask()).toContain('The gateway is still waiting for the payment.');
    sandbox.inject({ kind: 'notify-drop', mchOrderNo, times: Infinity });
    await sandbox.pay(mchOrderNo);
    expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'new' });
    expect(await ask()).toContain('The gateway reported a new state, which has been applied.');
    expect(await shop.row(mchOrderNo)).toMatchObject({ state: 'paid', late: false });
    expect(await ask()).toContain('The gateway reports the same state.');
    sandbox.inject({ kind: 'http-500', endpoint: 'query', times: Infinity });
    expect(await ask()).toContain('The query failed.');
    sandbox.clearFaults();
    expect(await shop.outcomes(mchOrderNo)).toEqual(['Success']);
  });

  test('ask about orders of the shop only, and only from the shop’s own page', async () => {
    const before = sandbox.requests.length;
    expect((await shop.submit('/merchant/orders/S1/ask', {}, signedIn())).status).toBe(404);
    const forged = { ...signedIn(), 'Sec-Fetch-Site': 'cross-site' };
    const mchOrderNo = (await shop.rows()).at(-1)!.mchOrderNo;
    expect((await shop.submit(`/merchant/orders/${mchOrderNo}/ask`, {}, forged)).status).toBe(403);
    expect(sandbox.requests).toHaveLength(before);
  });

  test('say of an answer only what they know', async () => {
    for (const query of [
      '?asked=S1&response=<b>paid</b>',
      '?asked=S1&response=constructor',
      '?asked[]=S1&response=applied',
    ]) {
      expect(await list(query)).not.toContain('class="notice"');
    }
    expect(await list('?asked=<b>S1</b>&response=pending')).toContain('&lt;b&gt;S1&lt;/b&gt;');
  });

  test('come in pages that stay as they are while new orders come in', async () => {
    while ((await shop.count()) < 45) await shop.sql(COPY);
    const all = (await shop.rows()).length;
    const pages: string[] = [];
    for (let query: string | undefined = ''; query !== undefined;) {
      const page: string = await list(query);
      pages.push(page);
      query = /href="\/merchant\/orders(\?before=\d+)"/.exec(page)?.[1];
      if (pages.length === 1) await shop.order();
    }
    expect(pages.map((page) => page.match(/data-order=/g)!.length)).toEqual([20, 20, all - 40]);
    expect(new Set(pages.join().match(/data-order="[^"]*"/g)).size).toBe(all);
    expect(pages[0]).not.toContain('Newest orders');
    expect(pages[1]).toContain('href="/merchant/orders"');
    expect(await list('?before=abc')).toContain('data-order=');
  });
});

/** One more order like the newest. */
const COPY = `
  INSERT INTO shop_order (mchOrderNo, viewToken, checkoutKey, productId, amount, currency, custNo, registerTime, createdAt, version)
  SELECT 'S' || (max(id) + 1), 'v' || (max(id) + 1), 'i' || (max(id) + 1), 'tea', 8800, 'cny', 'C1', 0, 0, 1 FROM shop_order`;
