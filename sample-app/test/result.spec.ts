import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { ShopOrder } from '../src/books/shop-order.entity.js';
import { resultPage } from '../src/result/result.page.js';
import { EN } from '../src/texts/en.js';
import { sqliteDatabase, type TestDatabase } from './support/databases.js';
import { eventually } from './support/eventually.js';
import { EventStream } from './support/event-stream.js';
import { signedNotify } from './support/notify.js';
import { RunningShop } from './support/running-shop.js';

describe('the page of an order', () => {
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

  async function page(path: string): Promise<string> {
    const response = await fetch(shop.url + path);
    expect(response.headers.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    return response.text();
  }

  test('says what the books say, whatever the parameters say that the customer comes back with', async () => {
    const { mchOrderNo, viewToken } = await shop.placed();
    const returned = new URLSearchParams(signedNotify(sandbox, mchOrderNo));
    const waiting = await page(`/result/${viewToken}?${returned.toString()}`);
    expect(waiting).toContain('Waiting for your payment');
    // Without JavaScript, the page asks again by itself.
    expect(waiting).toMatch(/<noscript><meta http-equiv="refresh" content="5"/);

    await sandbox.pay(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    const paid = await page(`/result/${viewToken}?state=3&state=6`);
    expect(paid).toContain('Your payment has arrived');
    expect(paid).not.toMatch(/http-equiv="refresh"|data-events/);
  });

  test.each([
    ['fail', 'The payment failed'],
    ['close', 'The order is closed'],
  ] as const)('after %s says so, and after a late payment that it came late', async (deed, title) => {
    const { mchOrderNo, viewToken } = await shop.placed();
    await sandbox[deed](mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(await page(`/result/${viewToken}`)).toContain(title);
    await sandbox.payAfterClose(mchOrderNo);
    await sandbox.notifySettled(mchOrderNo);
    expect(await page(`/result/${viewToken}`)).toContain('Your payment arrived late');
  });

  test('is at an address that no order number tells', async () => {
    const { mchOrderNo, viewToken } = await shop.placed();
    expect(viewToken).toMatch(/^[\w-]{22}$/);
    for (const address of [mchOrderNo, 'x', `${viewToken}x`, encodeURIComponent("' OR 1=1")]) {
      for (const path of [`/result/${address}`, `/result/${address}/events`, `/orders/${address}`]) {
        expect([path, (await fetch(shop.url + path)).status]).toEqual([path, 404]);
      }
      expect((await shop.submit(`/result/${address}/pay`, {})).status).toBe(404);
    }
  });

  test('lets a browser run and load nothing but the shop’s own files', async () => {
    const { headers } = await fetch(`${shop.url}/result/${(await shop.placed()).viewToken}`);
    expect(headers.get('Content-Security-Policy')).toBe(
      "default-src 'none';style-src 'self';script-src 'self';img-src 'self';connect-src 'self';" +
        `form-action 'self' ${sandbox.url};frame-ancestors 'none';base-uri 'none'`,
    );
    expect(headers.get('X-Powered-By')).toBeNull();
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
  });

  test('escapes what comes from the database', () => {
    const order = Object.assign(new ShopOrder(), {
      mchOrderNo: `'"><script>alert(1)</script>`,
      viewToken: 'v',
      productId: '<b>gone & forgotten</b>',
      amount: 8800,
      currency: 'cny',
      state: 'new',
      cashierUrl: '"><i>',
      expiresAt: null,
      paidAt: null,
    });
    const shown = resultPage(EN, order);
    expect(shown).toContain('&#39;&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(shown).toContain('&lt;b&gt;gone &amp; forgotten&lt;/b&gt;');
    expect(shown).toContain('href="&quot;&gt;&lt;i&gt;"');
    expect(shown).not.toMatch(/<script>|<b>|<i>/);
  });

  describe('its events', () => {
    test('tell of the payment when it comes, in the customer’s language, and end', async () => {
      const { mchOrderNo, viewToken } = await shop.placed();
      const stream = await EventStream.open(`${shop.url}/result/${viewToken}/events`, { 'Accept-Language': 'zh-TW' });
      expect(await stream.next()).toMatchObject({ kind: 'waiting', title: '等待付款 · 清和茶舍', isOver: false });
      await sandbox.pay(mchOrderNo);
      const paid = await stream.next();
      expect(paid).toMatchObject({ kind: 'paid', title: '謝謝惠顧！ · 清和茶舍', isOver: true });
      expect(paid!.html).toContain('<h1>謝謝惠顧！</h1>');
      expect(await stream.next()).toBeUndefined();
    });

    test('go on after the order has ended without a payment, which may still come', async () => {
      const { mchOrderNo, viewToken } = await shop.placed();
      const stream = await EventStream.open(`${shop.url}/result/${viewToken}/events`);
      expect(await stream.next()).toMatchObject({ kind: 'waiting' });
      await sandbox.close(mchOrderNo);
      expect(await stream.next()).toMatchObject({ kind: 'closed', isOver: false });
      await sandbox.payAfterClose(mchOrderNo);
      expect(await stream.next()).toMatchObject({ kind: 'late', isOver: true });
    });

    test('tell what another process wrote into the database', async () => {
      const other = await RunningShop.open(sandbox, database);
      const looks = FakeTimers.install({ toFake: ['setInterval', 'clearInterval'] });
      try {
        const { mchOrderNo, viewToken } = await shop.placed();
        const stream = await EventStream.open(`${other.url}/result/${viewToken}/events`);
        looks.tick(0);
        expect(await stream.next()).toMatchObject({ kind: 'waiting' });
        // The order names the shop that took it as the one to notify.
        await sandbox.pay(mchOrderNo);
        await sandbox.notifySettled(mchOrderNo);
        looks.tick(2_000);
        expect(await stream.next()).toMatchObject({ kind: 'paid' });
      } finally {
        looks.uninstall();
        await other.close();
      }
    });

    test('are given up when the customer goes', async () => {
      const { viewToken } = await shop.placed();
      const stream = await EventStream.open(`${shop.url}/result/${viewToken}/events`);
      await stream.next();
      expect(shop.news.isHeard).toBe(true);
      stream.leave();
      await eventually('the stream to be given up', async () => (shop.news.isHeard ? undefined : true));
    });
  });
});
