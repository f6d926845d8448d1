import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { HeldPort } from '../../test/support/held-port.js';
import { logged } from '../../test/support/recording-logger.js';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';
import { PAYER } from './support/payer.js';
import { RunningShop } from './support/running-shop.js';

describe('the checkout', () => {
  let sandbox: Pass2PaySandbox;
  let database: TestDatabase;
  let shop: RunningShop;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ clock: 'stepped', notifyTimeoutMs: 60_000 });
    database = await sqliteDatabase();
    shop = await RunningShop.open(sandbox, database);
  });

  afterEach(() => sandbox.clearFaults());

  afterAll(async () => {
    await shop?.close();
    await sandbox?.stop();
    await database?.drop();
  });

  async function send(fields: Readonly<Record<string, string>>, checkoutKey?: string): Promise<Response> {
    return shop.submit('/checkout/tea/order', { ...fields, checkoutKey: checkoutKey ?? (await shop.formKey()) });
  }

  async function lastRow() {
    return (await shop.rows()).at(-1)!;
  }

  test('leads from the product to the cashier page, and tells the gateway who pays', async () => {
    const catalogue = await (await fetch(shop.url)).text();
    expect(catalogue).toContain('Longjing tea, 100 g');
    expect(catalogue).toContain('CN¥88.00');
    expect(catalogue).toContain('href="/checkout/tea"');

    const sent = { ...PAYER, mbrTel: '+86 138-1234 1234', idNo: '320681 19860321 3312', amount: '1', currency: 'jpy' };
    const response = await send(sent);
    expect(response.status).toBe(303);
    const row = await lastRow();
    expect(response.headers.get('Location')).toBe(row.cashierUrl);
    const atGateway = sandbox.order(row.mchOrderNo)!;
    expect(atGateway).toMatchObject({
      amount: 8800,
      currency: 'cny',
      returnUrl: `${shop.url}/result/${row.viewToken}`,
    });
    expect(atGateway.request).toMatchObject({ ...PAYER, custNo: 'C200492312', registerTime: '1622016572190' });
    // The ID number is only the gateway's business.
    expect(row).toMatchObject({ userName: PAYER.userName, mbrTel: PAYER.mbrTel, idNo: null });
  });

  test.each([
    ['nothing', {}, { userName: 'Enter the name', mbrTel: 'Enter a mobile number' }],
    ['white space', { userName: ' ', mbrTel: '\t' }, { userName: 'Enter the name', mbrTel: 'Enter a mobile number' }],
    ['a number of Hong Kong', { ...PAYER, mbrTel: '+852 9123 4567' }, { mbrTel: 'Enter 11 digits' }],
    ['a number that is too short', { ...PAYER, mbrTel: '1381234' }, { mbrTel: 'Enter 11 digits' }],
    ['what only the module refuses: the ID', { ...PAYER, idNo: '3206<8>1' }, { idNo: 'Enter the 15 or 18' }],
    ['what only the module refuses: the name', { ...PAYER, userName: '"王'.repeat(40) }, { userName: 'up to 64' }],
    ['half a character', { ...PAYER, userName: '王\u{D83C}' }, undefined],
    [
      'all at once',
      { userName: '', mbrTel: '1', idNo: '&' },
      { userName: 'name', mbrTel: '11 digits', idNo: '15 or 18' },
    ],
  ])('shows the form again for %s, each fault at its field', async (_what, fields, faults) => {
    const before = await shop.count();
    const checkoutKey = await shop.formKey();
    const response = await send(fields, checkoutKey);
    if (faults === undefined) {
      // URLSearchParams, as a browser, sends a replacement character: a name like any other.
      expect(response.status).toBe(303);
      return;
    }
    expect(response.status).toBe(200);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    const page = await response.text();
    expect(page).toContain(`name="checkoutKey" value="${checkoutKey}"`);
    expect(page).toMatch(/<title>\s*Error: Checkout/);
    expect(page).toMatch(/class="errors" role="alert"[^>]*autofocus/);
    for (const field of ['userName', 'mbrTel', 'idNo'] as const) {
      const input = new RegExp(`<input\\s+id="${field}"[^>]*>`).exec(page)![0];
      const text = (faults as Record<string, string>)[field];
      expect(input.includes('aria-invalid="true"')).toBe(text !== undefined);
      expect(input).toContain(`aria-describedby="${field}-hint${text === undefined ? '' : ` ${field}-error`}"`);
      if (text !== undefined) {
        expect(new RegExp(`id="${field}-error">([^<]*)`).exec(page)![1]).toContain(text);
        expect(page).toContain(`<a href="#${field}">`);
      }
      const kept = ((fields as Record<string, string>)[field] ?? '').trim();
      expect(input).toContain(
        `value="${kept.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')}"`,
      );
    }
    expect(await shop.count()).toBe(before);
  });

  test('a form that is sent again after the payment makes no second order, and shows the first', async () => {
    const key = await shop.formKey();
    await send(PAYER, key);
    const { mchOrderNo, viewToken } = await lastRow();
    await sandbox.pay(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    const before = await shop.count();
    const again = await send({ ...PAYER, userName: '李四' }, key);
    expect([again.status, again.headers.get('Location')]).toEqual([303, `/result/${viewToken}`]);
    expect(await shop.count()).toBe(before);
  });

  test('says that the gateway is down, keeps the order, and opens the same one when it is back', async () => {
    const held = await HeldPort.take();
    const { port } = held;
    const own = await sqliteDatabase();
    const down = await Pass2PaySandbox.start({ port });
    const poor = await RunningShop.open(down, own);
    await down.stop();
    try {
      const key = await poor.formKey();
      const response = await poor.submit('/checkout/tea/order', { ...PAYER, checkoutKey: key });
      const [{ mchOrderNo, viewToken }] = (await poor.rows()) as [Awaited<ReturnType<typeof lastRow>>];
      expect([response.status, response.headers.get('Location')]).toEqual([303, `/result/${viewToken}`]);
      expect(await poor.row(mchOrderNo)).toMatchObject({ state: 'new', trouble: 'unreachable', idNo: PAYER.idNo });
      const page = await (await fetch(`${poor.url}/result/${viewToken}`)).text();
      expect(page).toContain('The payment page cannot be opened now');
      expect(page).toContain('Nothing was charged');
      expect(page).toContain(`action="/result/${viewToken}/pay"`);
      expect(page).toContain(mchOrderNo);

      const back = await Pass2PaySandbox.start({ port });
      try {
        const retried = await poor.submit(`/result/${viewToken}/pay`, {});
        expect(await poor.count()).toBe(1);
        expect(back.orders().map((order) => order.mchOrderNo)).toEqual([mchOrderNo]);
        expect(back.order(mchOrderNo)!.request).toMatchObject(PAYER);
        const row = await poor.row(mchOrderNo);
        expect(row).toMatchObject({ trouble: null, idNo: null });
        expect([retried.status, retried.headers.get('Location')]).toEqual([303, row!.cashierUrl]);
      } finally {
        await back.stop();
      }
    } finally {
      await poor.close();
      await own.drop();
      await held.release();
    }
  });

  test('says that the outcome is unknown until it is known, and never makes a second order', async () => {
    sandbox.inject({ kind: 'reset-after', times: Infinity });
    await send(PAYER);
    const { mchOrderNo, viewToken, trouble } = await lastRow();
    expect(trouble).toBe('unknown');
    expect(await (await fetch(`${shop.url}/result/${viewToken}`)).text()).toContain('We do not know yet');

    // The error of a later try speaks of that try only: whether the first one made the order stays open.
    sandbox.clearFaults();
    sandbox.inject({ kind: 'rate-limit', times: Infinity });
    const retried = await shop.submit(`/result/${viewToken}/pay`, {});
    expect(retried.headers.get('Location')).toBe(`/result/${viewToken}`);
    expect((await shop.row(mchOrderNo))!.trouble).toBe('unknown');

    sandbox.clearFaults();
    const found = await shop.submit(`/result/${viewToken}/pay`, {});
    const row = await shop.row(mchOrderNo);
    expect(row).toMatchObject({ trouble: null, payOrderId: sandbox.order(mchOrderNo)!.payOrderId });
    expect(found.headers.get('Location')).toBe(row!.cashierUrl);
    expect(sandbox.orders().filter((order) => order.mchOrderNo === mchOrderNo)).toHaveLength(1);
  });

  test('says that the gateway refused the order', async () => {
    const environment = { ...database.environment, PASS2PAY_SECRET: 'not-the-secret-of-this-app' };
    const refused = await RunningShop.open(sandbox, { ...database, environment });
    try {
      await refused.submit('/checkout/tea/order', { ...PAYER, checkoutKey: await refused.formKey() });
      const { viewToken, trouble } = await lastRow();
      expect(trouble).toBe('refused');
      expect(await (await fetch(`${refused.url}/result/${viewToken}`)).text()).toContain('did not accept the order');
    } finally {
      await refused.close();
    }
  });

  test('leads to the order’s own page where the cashier page is at an origin that forms may not lead to', async () => {
    const environment = { ...database.environment, CASHIER_ORIGINS: 'https://cashier.example' };
    const careful = await RunningShop.open(sandbox, { ...database, environment });
    try {
      const form = await fetch(`${careful.url}/checkout/tea`);
      expect(form.headers.get('Content-Security-Policy')).toContain("form-action 'self' https://cashier.example;");
      const response = await careful.submit('/checkout/tea/order', {
        ...PAYER,
        checkoutKey: await careful.formKey(),
      });
      const { viewToken, cashierUrl } = await lastRow();
      expect(response.headers.get('Location')).toBe(`/result/${viewToken}`);
      expect(await (await fetch(`${careful.url}/result/${viewToken}`)).text()).toContain(`href="${cashierUrl}"`);
    } finally {
      await careful.close();
    }
  });

  test.each<Record<string, string>>([
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Origin: 'https://attacker.example' },
    { Origin: 'null' },
  ])('takes no form from another site: %j', async (headers) => {
    const before = await shop.count();
    const response = await shop.submit('/checkout/tea/order', { ...PAYER, checkoutKey: await shop.formKey() }, headers);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('Request not allowed');
    expect(await shop.count()).toBe(before);
  });

  test('takes a form from its own pages', async () => {
    const own: Record<string, string>[] = [{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: shop.url }];
    for (const headers of own) {
      const checkoutKey = await shop.formKey();
      expect((await shop.submit('/checkout/tea/order', { ...PAYER, checkoutKey }, headers)).status).toBe(303);
    }
  });

  test.each([[{}], [{ checkoutKey: 'short' }], [{ checkoutKey: '%'.repeat(22) }]])(
    'takes no form without its key: %j',
    async (key) => {
      const before = await shop.count();
      expect((await shop.submit('/checkout/tea/order', { ...PAYER, ...key })).status).toBe(400);
      expect(await shop.count()).toBe(before);
    },
  );

  test.each(['gold', '__proto__', 'constructor'])('does not sell %s', async (product) => {
    const response = await fetch(`${shop.url}/checkout/${product}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('Content-Type')).toContain('text/html');
  });

  test('logs nothing of the payer, even when the database fails', async () => {
    const own = await sqliteDatabase();
    const broken = await RunningShop.open(sandbox, own);
    try {
      const checkoutKey = await broken.formKey();
      await broken.sql('ALTER TABLE shop_order RENAME TO gone');
      const response = await broken.submit('/checkout/tea/order', { ...PAYER, checkoutKey });
      expect(response.status).toBe(500);
      expect(await response.text()).toContain('Something went wrong');
      expect(logged.join('\n')).toContain('QueryFailedError: SqliteError: no such table: shop_order');
      for (const text of Object.values(PAYER)) expect(logged.join('\n')).not.toContain(text);
    } finally {
      await broken.close();
      await own.drop();
    }
  });
});
