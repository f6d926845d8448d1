// Real time: without JavaScript it is the browser itself that times the result page's next look, 5 s.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import type { Page } from 'playwright-core';
import {
  DEVICE_NAMES,
  describeInBrowser,
  expectAccessible,
  stopClock,
  type Visit,
} from '../../../test/support/browser.js';
import { HeldPort } from '../../../test/support/held-port.js';
import { EN } from '../../src/texts/en.js';
import { TEXTS } from '../../src/texts/texts-for.js';
import { sqliteDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { signedNotify } from '../support/notify.js';
import { PAYER } from '../support/payer.js';
import { ADMIN_PASSWORD, RunningShop } from '../support/running-shop.js';
import { buy, fillIn, payButton } from './customer.js';

const merchants = [{ ...DEFAULT_MERCHANT, name: EN.shop }];

let sandbox: Pass2PaySandbox;
let database: TestDatabase;
let shop: RunningShop;

beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants, clock: 'stepped', notifyTimeoutMs: 60_000 });
  database = await sqliteDatabase();
  shop = await RunningShop.open(sandbox, database);
});

afterAll(async () => {
  await shop?.close();
  await sandbox?.stop();
  await database?.drop();
});

describeInBrowser('the shop', (browser) => {
  const open = (url: string, visit?: Visit) => browser.open(url, visit);

  async function lastOrder() {
    return (await shop.rows()).at(-1)!;
  }

  /** The page of the newest order, in a window of its own. */
  async function resultOf(visit: Visit = {}): Promise<Page> {
    const page = await open(`${shop.url}/result/${(await lastOrder()).viewToken}`, visit);
    await heading(page, EN.result.waiting.title);
    await page.evaluate('window.isSamePage = true');
    return page;
  }

  /** Waits until the page says this, and checks that it was not loaded anew for it. */
  async function updatesTo(page: Page, title: string): Promise<void> {
    await heading(page, title);
    expect(await page.title()).toBe(`${title} · ${EN.shop}`);
    expect(await page.evaluate('window.isSamePage')).toBe(true);
  }

  const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click();

  /** The gateway has decided what to answer to the next request. */
  function requestFor(endpoint: string): Promise<void> {
    return new Promise((resolve) => {
      const leave = sandbox.journal.subscribe((entry) => {
        if (entry.type !== 'request' || entry.endpoint !== endpoint) return;
        leave();
        // In the next turn the answer's delay is set.
        setImmediate(resolve);
      });
    });
  }

  test.each(DEVICE_NAMES)('sells on a %s: catalogue, form, cashier page, and back to a thank-you', async (device) => {
    const page = await buy(open, shop.url, EN, { device });
    const result = await resultOf({ device });
    await press(page, 'Pay CN¥88.00');
    await updatesTo(result, EN.result.paid.title);
    await expectAccessible(result);
    await page.getByRole('link', { name: `Return to ${EN.shop}` }).click();
    await page.waitForURL('**/result/**');
    await heading(page, EN.result.paid.title);
    // The gateway's parameters prove nothing, and do not stay in the address.
    await page.waitForURL(`${shop.url}/result/${(await lastOrder()).viewToken}`);
    expect(await lastOrder()).toMatchObject({ state: 'paid', late: false, userName: PAYER.userName });
    for (const view of [page, result]) {
      expect(await view.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });

  test('says that the payment failed', async () => {
    const page = await buy(open, shop.url, EN);
    const result = await resultOf();
    await press(page, 'Fail');
    await updatesTo(result, EN.result.failed.title);
    await expectAccessible(result);
    await result.getByRole('link', { name: EN.result.buyAgain }).click();
    await heading(result, EN.checkout.title);
  });

  test('says that the order has closed, and that the payment arrived late all the same', async () => {
    const page = await buy(open, shop.url, EN);
    const result = await resultOf();
    await press(page, 'Let expire');
    await updatesTo(result, EN.result.closed.title);
    await expectAccessible(result);
    await press(page, 'Pay CN¥88.00 late');
    await updatesTo(result, EN.result.late.title);
    await expectAccessible(result);
    const { mchOrderNo } = await lastOrder();
    expect(await shop.outcomes(mchOrderNo)).toEqual(['Closed', 'Success']);
    const merchant = await open(merchantUrl());
    const row = merchant.locator(`[data-order="${mchOrderNo}"]`);
    expect(await row.getByText(EN.merchant.late).count()).toBe(1);
  });

  test('an order that nobody pays closes when its time is over', async () => {
    await buy(open, shop.url, EN);
    const result = await resultOf();
    await sandbox.advance(960_000);
    await updatesTo(result, EN.result.closed.title);
  });

  test('a forged notify changes nothing', async () => {
    await buy(open, shop.url, EN);
    const result = await resultOf();
    const order = await lastOrder();
    const forged = { ...signedNotify(sandbox, order.mchOrderNo), sign: '0'.repeat(32) };
    expect((await shop.notify(forged)).status).toBe(401);
    const cheap = signedNotify(sandbox, order.mchOrderNo, { amount: '1' });
    expect((await shop.notify(cheap)).status).toBe(200);
    const odd = { mismatch: 'amount is 1, not 8800', version: order.version + 1 };
    expect(await shop.row(order.mchOrderNo)).toEqual({ ...order, ...odd });
    // Anybody can come back with parameters.
    await result.goto(`${shop.url}/result/${order.viewToken}?${new URLSearchParams(forged).toString()}`);
    await heading(result, EN.result.waiting.title);
    // What is genuine still arrives, and is the first that the page tells.
    await result.evaluate('window.isSamePage = true');
    await sandbox.pay(order.mchOrderNo);
    await updatesTo(result, EN.result.paid.title);
    expect(await shop.outcomes(order.mchOrderNo)).toEqual(['Success']);
    const merchant = await open(merchantUrl());
    const row = merchant.locator(`[data-order="${order.mchOrderNo}"]`);
    expect(await row.innerText()).toContain('amount is 1, not 8800');
  });

  test('shows the form’s errors, and keeps what was typed', async () => {
    const before = await shop.count();
    const page = await open(`${shop.url}/checkout/tea`);
    await page.getByLabel('Name').fill('王小明');
    await page.getByLabel('Mobile number').fill('12345');
    await page.getByLabel('ID card number').fill('1');
    await payButton(page, EN).click();
    const alert = page.getByRole('alert', { name: '2 things to correct' });
    await alert.waitFor();
    expect(await page.evaluate('document.activeElement.className')).toBe('errors');
    expect(await page.title()).toMatch(/^Error: Checkout/);
    expect(await page.getByLabel('Name').inputValue()).toBe('王小明');
    expect(await page.getByLabel('Mobile number').inputValue()).toBe('12345');
    expect(await described(page, 'Mobile number')).toContain(EN.checkout.faults.mobileWrong);
    expect(await described(page, 'ID card number')).toContain(EN.checkout.faults.idNoWrong);
    expect(await described(page, 'Name')).toBe(EN.checkout.fields.userName.hint);
    await expectAccessible(page);

    await alert.getByRole('link', { name: EN.checkout.faults.mobileWrong }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('mbrTel');
    await page.reload();
    await alert.waitFor();
    expect(await shop.count()).toBe(before);
    await fillIn(page, EN);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/cashier?**');
    expect(await shop.count()).toBe(before + 1);
  });

  test('makes one order of a double click, and of the same form sent again after going back', async () => {
    const before = [await shop.count(), sandbox.orders().length] as const;
    const page = await open(`${shop.url}/checkout/cup`);
    await fillIn(page, EN);
    // The gateway's answer waits for both clicks: neither leads to a page before the other is made.
    sandbox.inject({ kind: 'late', delayMs: 1_000, endpoint: 'cashierOrder' });
    const asked = requestFor('cashierOrder');
    const left = new Promise((resolve) => page.once('framenavigated', resolve));
    await payButton(page, EN).dblclick();
    await asked;
    await sandbox.advance(1_000);
    // The second click breaks off what the first began to load, and leads to the cashier page, or to the order's own page
    // where that is still being opened.
    await left;
    await page.waitForLoadState();
    const { mchOrderNo, viewToken } = await lastOrder();
    const cashierUrl = await eventually(
      'the cashier page',
      async () => (await shop.row(mchOrderNo))?.cashierUrl ?? undefined,
    );
    expect([cashierUrl, `${shop.url}/result/${viewToken}`]).toContain(page.url());
    await page.goBack();
    expect(await page.getByLabel('Name').inputValue()).toBe(PAYER.userName);
    await payButton(page, EN).click();
    await page.waitForURL('**/cashier?**');
    expect(page.url()).toBe(cashierUrl);
    expect([await shop.count(), sandbox.orders().length]).toEqual([before[0] + 1, before[1] + 1]);
  });

  test('says that the gateway is down, and leads on with the same order when it is back', async () => {
    const held = await HeldPort.take();
    const { port } = held;
    const down = await Pass2PaySandbox.start({ merchants, port });
    const own = await sqliteDatabase();
    const poor = await RunningShop.open(down, own);
    await down.stop();
    let back: Pass2PaySandbox | undefined;
    try {
      const page = await open(`${poor.url}/checkout/tea`);
      await fillIn(page, EN);
      await payButton(page, EN).click();
      await heading(page, EN.result.unreachable.title);
      await expectAccessible(page);
      back = await Pass2PaySandbox.start({ merchants, port });
      await press(page, EN.result.again);
      await page.waitForURL('**/cashier?**');
      expect(await poor.count()).toBe(1);
      expect(back.orders()).toHaveLength(1);
    } finally {
      await browser.closePages();
      await poor.close();
      await back?.stop();
      await own.drop();
      await held.release();
    }
  });

  test('says that it is not known whether the gateway has the order', async () => {
    const page = await open(`${shop.url}/checkout/tea`);
    await fillIn(page, EN);
    sandbox.inject({ kind: 'reset-after', times: Infinity });
    await payButton(page, EN).click();
    await heading(page, EN.result.unknown.title);
    await expectAccessible(page);
    sandbox.clearFaults();
    const { mchOrderNo } = await lastOrder();
    await press(page, EN.result.again);
    await page.waitForURL('**/cashier?**');
    expect(sandbox.orders().filter((order) => order.mchOrderNo === mchOrderNo)).toHaveLength(1);
  });

  test('without JavaScript, the result page asks again by itself', async () => {
    const page = await buy(open, shop.url, EN, { javaScript: false });
    const { mchOrderNo, viewToken } = await lastOrder();
    await page.goto(`${shop.url}/result/${viewToken}`);
    await heading(page, EN.result.waiting.title);
    await sandbox.pay(mchOrderNo);
    await heading(page, EN.result.paid.title);
  });

  test('shows the merchant all orders, for the password', async () => {
    // Asked for a password, a browser without a person gives up, or shows what came with the question.
    const stranger = await browser.open(undefined, { expectedTroubles: [/401/, /ERR_INVALID_AUTH_CREDENTIALS/] });
    const asked = stranger.waitForResponse(`${shop.url}/merchant/orders`);
    await stranger.goto(`${shop.url}/merchant/orders`).catch(() => undefined);
    expect((await asked).status()).toBe(401);

    const mchOrderNo = await shop.order();
    for (const device of DEVICE_NAMES) {
      const page = await open(merchantUrl(), { device });
      await heading(page, EN.merchant.title);
      await press(page, EN.merchant.askAbout(mchOrderNo));
      await page.getByText(EN.merchant.asked.pending).waitFor();
      await expectAccessible(page);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      expect(await page.locator(`[data-order="${mchOrderNo}"]`).innerText()).toContain(EN.merchant.states.new);
    }
    sandbox.inject({ kind: 'notify-drop', mchOrderNo, times: Infinity });
    await sandbox.pay(mchOrderNo);
    const page = await open(merchantUrl());
    await press(page, EN.merchant.askAbout(mchOrderNo));
    await page.getByText(EN.merchant.asked.applied).waitFor();
    expect(await page.locator(`[data-order="${mchOrderNo}"]`).innerText()).toContain(EN.merchant.states.paid);
  });

  test.each([
    ['en-US', 'en', 'Payment received', 'light'],
    ['zh-TW', 'zh-Hant', '付款成功', 'dark'],
    ['zh-CN', 'zh-Hans', '支付成功', 'dark'],
  ] as const)('speaks %s on every page, and so does the cashier page', async (language, tag, received, colorScheme) => {
    const texts = TEXTS[tag];
    const visit: Visit = { device: 'phone', language, colorScheme };
    const seen = async (page: Page) => {
      expect(await page.getAttribute('html', 'lang')).toBe(tag);
      await expectAccessible(page);
    };
    const page = await open(shop.url, visit);
    await heading(page, texts.shop);
    await seen(page);
    await page.getByRole('link', { name: `${texts.buy} ${texts.products.set.name}` }).click();
    await heading(page, texts.checkout.title);
    await seen(page);
    await payButton(page, texts).click();
    await page.getByRole('alert').waitFor();
    await seen(page);
    await fillIn(page, texts);
    await payButton(page, texts).click();
    await page.waitForURL('**/cashier?**');
    await seen(page);

    const result = await open(`${shop.url}/result/${(await lastOrder()).viewToken}`, visit);
    await heading(result, texts.result.waiting.title);
    await seen(result);
    await stopClock(page);
    await page.locator('form[action$="/pay"]').getByRole('button').first().click();
    await heading(page, received);
    await heading(result, texts.result.paid.title);
    await seen(result);

    const merchant = await open(merchantUrl(), visit);
    await heading(merchant, texts.merchant.title);
    await seen(merchant);
    const nothing = await open(`${shop.url}/result/nothing`, { ...visit, expectedTroubles: [/404/] });
    await heading(nothing, texts.errors.notFound.title);
    await seen(nothing);
  });

  /** The fields' descriptions, as a screen reader reads them. */
  function described(page: Page, label: string): Promise<string> {
    return page
      .getByLabel(label)
      .evaluate((input: { getAttribute(name: string): string | null; ownerDocument: Texted }) =>
        input
          .getAttribute('aria-describedby')!
          .split(' ')
          .map((id) => input.ownerDocument.getElementById(id)?.textContent)
          .join(' '),
      );
  }

  function merchantUrl(): string {
    return `${shop.url.replace('://', `://merchant:${ADMIN_PASSWORD}@`)}/merchant/orders`;
  }
});

/** As much of a document as the tests use: they are compiled without the browser's types. */
interface Texted {
  getElementById(id: string): { textContent: string } | null;
}
