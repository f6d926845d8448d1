import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Pass2PaySandbox } from 'nestjs-pass2pay/sandbox';
import { ShopOrder } from '../src/books/shop-order.entity.js';
import { orderPage } from '../src/pages/pages.js';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';
import { RunningShop } from './support/running-shop.js';

describe('the pages', () => {
  let sandbox: Pass2PaySandbox;
  let database: TestDatabase;
  let shop: RunningShop;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    database = await sqliteDatabase();
    shop = await RunningShop.open(sandbox, database);
  });

  afterAll(async () => {
    await shop?.close();
    await sandbox?.stop();
    await database?.drop();
  });

  test('from the buy button to the cashier page and back to a page that says thank you', async () => {
    const catalogue = await page('/');
    expect(catalogue).toContain('Longjing tea, 100 g');
    expect(catalogue).toContain('CN¥88.00');

    const bought = await shop.submit('/buy', { product: 'tea', amount: '1' });
    expect(bought.status).toBe(303);
    const cashier = await fetch(bought.headers.get('Location')!);
    expect(cashier.status).toBe(200);
    expect(await cashier.text()).toContain('88.00');

    const { mchOrderNo } = (await shop.rows()).at(-1)!;
    const waiting = await page(`/thanks?order=${mchOrderNo}`);
    expect(waiting).toContain('Waiting for the payment');
    expect(waiting).toContain('http-equiv="refresh"');

    const cashierOfOrder = `${sandbox.url}/cashier/${sandbox.order(mchOrderNo)!.cashierToken}`;
    await fetch(`${cashierOfOrder}/pay`, { method: 'POST', redirect: 'manual' });
    await sandbox.notifySettled(mchOrderNo);
    const wayBack = await fetch(`${cashierOfOrder}/return`, { redirect: 'manual' });
    const returned = new URL(wayBack.headers.get('Location')!);
    expect(returned.href.startsWith(`${shop.url}/thanks?order=${mchOrderNo}`)).toBe(true);
    const thanks = await page(returned.pathname + returned.search);
    expect(thanks).toContain('Thank you!');
    expect(thanks).not.toContain('http-equiv="refresh"');
  });

  test.each([
    ['/thanks', 404],
    ['/thanks?order=%3Cscript%3E', 404],
    ['/thanks?order=a&order=b', 404],
    ['/orders/S20010101nobody', 404],
  ])('GET %s answers %d, and no HTML', async (path, status) => {
    const response = await fetch(shop.url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toContain('application/json');
  });

  test.each([[{}], [{ product: 'gold' }], [{ product: ['tea'] }], [{ product: '__proto__' }]])(
    'does not sell %j',
    async (body) => {
      expect((await shop.post('/orders', body)).status).toBe(400);
    },
  );

  test('what comes from the database is escaped', () => {
    const order = Object.assign(new ShopOrder(), {
      mchOrderNo: `'"><script>alert(1)</script>`,
      productId: '<b>gone & forgotten</b>',
      amount: 8800,
      currency: 'cny',
      state: 'paid',
    });
    const shown = orderPage(order);
    expect(shown).toContain('&#39;&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(shown).toContain('&lt;b&gt;gone &amp; forgotten&lt;/b&gt;');
    expect(shown).not.toMatch(/<script|<b>/);
  });

  async function page(path: string): Promise<string> {
    const response = await fetch(shop.url + path);
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    return response.text();
  }
});
