import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { QRCode } from 'jsqr';
import type { Locator, Page } from 'playwright-core';
import { Pass2PaySandbox } from '../../../sandbox/index.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import {
  DEVICE_NAMES,
  describeInBrowser,
  expectAccessible,
  stopClock,
  type TestBrowser,
  type Visit,
} from '../../support/browser.js';
import { MERCHANT, MerchantClient } from '../support/merchant-client.js';
import { ShopPage } from '../support/shop-page.js';

// A CommonJS module, whose types name a default export that Node does not see.
const readCode = createRequire(import.meta.url)('jsqr') as unknown as (
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
) => QRCode | null;

const MERCHANT_NAME = 'The Tea House';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let shop: ShopPage;
beforeEach(async () => {
  shop = await ShopPage.start();
  sandbox = await Pass2PaySandbox.start({ merchants: [{ ...MERCHANT, name: MERCHANT_NAME }], clock: 'stepped' });
  client = new MerchantClient(sandbox);
});
afterEach(async () => {
  await sandbox.stop();
  await shop.stop();
});

/** Creates the order O1. @returns the URL of its cashier page */
async function order(params: Record<string, string | number> = {}): Promise<string> {
  await client.cashierOrder({ returnUrl: shop.url, ...params });
  return pageOf(String(params['mchOrderNo'] ?? 'O1'));
}

function pageOf(mchOrderNo: string): string {
  return `${sandbox.url}/cashier?payOrderToken=${sandbox.order(mchOrderNo)?.cashierToken}`;
}

function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { level: 1, name });
}

function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name });
}

/** Proves later, by `isMarked`, that the page was not loaded anew. */
function mark(page: Page): Promise<void> {
  return page.evaluate('window.marked = true');
}

function isMarked(page: Page): Promise<boolean> {
  return page.evaluate('window.marked === true');
}

/** The signed fields of the URL that the page came to. */
function returnedFields(page: Page): Record<string, string> {
  const { sign, ...fields } = Object.fromEntries(new URL(page.url()).searchParams);
  expect(verify(fields, sign, MERCHANT.secret)).toBe(true);
  return fields;
}

describeInBrowser('the cashier page', (browser: TestBrowser) => {
  async function open(url: string, visit?: Visit): Promise<Page> {
    const page = await browser.open(undefined, visit);
    await stopClock(page);
    await page.goto(url);
    return page;
  }

  it.each(DEVICE_NAMES)('is seen and paid on a %s, and leads back to the shop by itself', async (device) => {
    const page = await open(await order({ subject: 'Oolong' }), { device });
    await heading(page, `Pay ${MERCHANT_NAME}`).waitFor();
    expect(await page.locator('.price').innerText()).toMatch(/^Amount:\s*CN¥100\.31$/);
    expect(await page.locator('main').innerText()).toMatch(/Oolong[^]*O1/);
    expect(await page.getByRole('timer').innerText()).toBe('15:00');
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await button(page, 'Pay CN¥100.31').click();
    await heading(page, 'Payment received').waitFor();
    expect(sandbox.order('O1')?.state).toBe(2);
    await page.clock.runFor(6_000);
    await page.waitForURL(`${shop.url}?**`);
    expect(returnedFields(page)).toMatchObject({ mchOrderNo: 'O1', state: '2' });

    // The browser's back button does not end at the shop again.
    await page.goBack();
    await heading(page, 'Payment received').waitFor();
    expect(await page.getByText('Returning in').isVisible()).toBe(false);
  });

  it('fails', async () => {
    const page = await open(await order());
    await button(page, 'Fail').click();
    await heading(page, 'Payment failed').waitFor();
    expect(sandbox.order('O1')?.state).toBe(3);
    await page.getByRole('link', { name: `Return to ${MERCHANT_NAME}` }).click();
    await page.waitForURL(`${shop.url}?**`);
    expect(returnedFields(page)).toMatchObject({ state: '3' });
  });

  it('is let expire, and paid too late', async () => {
    const page = await open(await order());
    await button(page, 'Let expire').click();
    await heading(page, 'Time is up').waitFor();
    expect(sandbox.order('O1')?.state).toBe(6);
    await button(page, 'Stay here').click();
    await button(page, 'Pay CN¥100.31 late').click();
    await heading(page, 'Payment came too late').waitFor();
    expect(sandbox.order('O1')?.state).toBe(6);
    expect(sandbox.order('O1')?.paidLateAt).toBeDefined();
  });

  it('counts down, and says live that the time is up', async () => {
    await client.unifiedOrder({ expiredTime: 20 });
    const page = await open(pageOf('O1'), { device: 'phone' });
    await mark(page);
    expect(await page.getByRole('timer').innerText()).toBe('00:20');
    await page.clock.runFor(5_000);
    expect(await page.getByRole('timer').innerText()).toBe('00:15');
    await sandbox.advance(80_000);
    await heading(page, 'Time is up').waitFor();
    expect(await isMarked(page)).toBe(true);
    expect(sandbox.order('O1')).toMatchObject({ state: 6, expired: true });
    expect(await page.title()).toBe(`Time is up · ${MERCHANT_NAME}`);
  });

  it('counts on the sandbox’s clock, goes on rightly after a sleep, and says so now and then', async () => {
    const page = await open(await order());
    const timer = page.getByRole('timer');
    expect(await timer.innerText()).toBe('15:00');
    expect(await page.getByRole('status').innerText()).toBe('');
    await page.clock.fastForward('10:02');
    expect(await timer.innerText()).toBe('04:58');
    expect(await page.getByRole('status').innerText()).toBe('5 minutes left to pay');
    expect(await page.locator('.deadline--soon').count()).toBe(0);
    await page.clock.fastForward('04:10');
    expect(await page.locator('.deadline--soon').count()).toBe(1);
  });

  it('shows what happens elsewhere, without a reload, and has it read out', async () => {
    const page = await open(await order());
    await mark(page);
    await page.getByRole('radio').first().focus();
    await sandbox.pay('O1');
    await heading(page, 'Payment received').waitFor();
    expect(await page.getByRole('status').innerText()).toMatch(
      /^Payment received\. CN¥100\.31\. Paid to The Tea House/,
    );
    expect(await page.title()).toBe(`Payment received · ${MERCHANT_NAME}`);
    // The focus was in what went away.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    await page.keyboard.press('Escape');
    expect(await page.getByText('Returning in').isVisible()).toBe(false);

    await sandbox.refund('O1');
    await heading(page, 'Payment refunded').waitFor();
    expect(await isMarked(page)).toBe(true);
  });

  it('shows live that the merchant closed the order, and a late payment', async () => {
    const page = await open(await order({ returnUrl: '' }));
    await mark(page);
    await sandbox.close('O1');
    await heading(page, 'Order closed').waitFor();
    await sandbox.payAfterClose('O1');
    await heading(page, 'Payment came too late').waitFor();
    expect(await page.getByText('You can close this page.').isVisible()).toBe(true);
    expect(await isMarked(page)).toBe(true);
  });

  it('offers a choice of methods, and the code where there is one to scan', async () => {
    const page = await open(await order());
    const code = page.getByRole('img', { name: 'QR code with the link to this payment' });
    expect(await page.getByRole('radio', { name: /Alipay QR code/ }).isChecked()).toBe(true);
    expect(await code.isVisible()).toBe(true);
    await page.getByText('Pay on this device').click();
    expect(await page.getByRole('radio', { name: /Alipay Pay on this device/ }).isChecked()).toBe(true);
    expect(await code.isVisible()).toBe(false);
    await button(page, /^Pay/).click();
    await heading(page, 'Payment received').waitFor();
    expect(sandbox.order('O1')?.wayCode).toBe('ALI_WAP');
  });

  it('offers none where the order fixes the method', async () => {
    await client.unifiedOrder({ wayCode: 'ALI_WAP' });
    const page = await open(pageOf('O1'));
    await page.getByText('Pay on this device').waitFor();
    expect(await page.getByRole('radio').count()).toBe(0);
    expect(await page.getByRole('img').count()).toBe(0);
  });

  it('has a code that a phone can read: the link to this page', async () => {
    const url = await order();
    const page = await open(url, { colorScheme: 'dark' });
    // A character per pixel: 0 is black, 1 is white.
    const picture = await page.evaluate<string>(`(async () => {
      const image = document.querySelector('img');
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: 256, height: 256 });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0, 256, 256);
      const { data } = context.getImageData(0, 0, 256, 256);
      return Array.from({ length: data.length / 4 }, (_, pixel) => (data[pixel * 4] > 127 ? '1' : '0')).join('');
    })()`);
    const pixels = Uint8ClampedArray.from(
      [...picture].flatMap((white) => Array<number>(4).fill(white === '1' ? 255 : 0)),
    );
    expect(readCode(pixels, 256, 256)?.data).toBe(url);
  });

  it('is paid with the keyboard alone, its focus always to be seen', async () => {
    const page = await open(await order());
    const focused = (): Promise<string> =>
      page.evaluate(`(() => {
        const { activeElement: element } = document;
        const shown = element.closest('.method') ?? element;
        const isSeen = getComputedStyle(shown).outlineStyle === 'solid';
        return (isSeen ? '' : 'unseen: ') + (element.value || element.textContent).trim();
      })()`);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('ALI_QR');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Show the link');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('ALI_WAP');
    // The code is gone, and its link with it.
    const stops: string[] = [];
    for (let stop = 0; stop < 3; stop += 1) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
    }
    expect(stops).toEqual(['Pay CN¥100.31', 'Fail', 'Let expire']);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await heading(page, 'Payment received').waitFor();
    expect(sandbox.order('O1')).toMatchObject({ state: 2, wayCode: 'ALI_WAP' });
    // The page's script shows it, which may come after the heading.
    await button(page, 'Stay here').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Stay here');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe(`Return to ${MERCHANT_NAME}`);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${shop.url}?**`);
  });

  it('works without JavaScript', async () => {
    const page = await browser.open(await order(), { javaScript: false, device: 'phone' });
    expect(await page.getByRole('timer').isVisible()).toBe(false);
    expect(await page.getByText('Pay by').isVisible()).toBe(true);
    await page.getByText('Alipay QR code').click();
    expect(await page.getByRole('img').isVisible()).toBe(true);
    await button(page, /^Pay/).click();
    await heading(page, 'Payment received').waitFor();
    expect(sandbox.order('O1')).toMatchObject({ state: 2, wayCode: 'ALI_QR' });
    expect(await page.getByText('Returning in').isVisible()).toBe(false);
    await page.getByRole('link', { name: `Return to ${MERCHANT_NAME}` }).click();
    await page.waitForURL(`${shop.url}?**`);
  });

  const LANGUAGES = [
    {
      language: 'en-US',
      lang: 'en',
      amount: 'CN¥100.31',
      titles: ['Pay The Tea House', 'Payment received', 'Payment failed', 'Time is up', 'Payment refunded'],
      unknown: 'Unknown payment link',
    },
    {
      language: 'zh-TW',
      lang: 'zh-Hant',
      amount: 'CN¥100.31',
      titles: ['付款給 The Tea House', '付款成功', '付款失敗', '付款已逾時', '已退款'],
      unknown: '無法識別這個付款連結',
    },
    {
      language: 'zh-CN',
      lang: 'zh-Hans',
      amount: '¥100.31',
      titles: ['向 The Tea House 付款', '支付成功', '支付失败', '付款已超时', '已退款'],
      unknown: '无法识别此付款链接',
    },
  ] as const;

  // Colours and widths come with the look, words with the language: every look and every language is here.
  const [ENGLISH, TRADITIONAL, SIMPLIFIED] = LANGUAGES;
  const LOOKS = [
    { ...ENGLISH, device: 'phone', colorScheme: 'light' },
    { ...ENGLISH, device: 'desktop', colorScheme: 'dark' },
    { ...TRADITIONAL, device: 'desktop', colorScheme: 'dark' },
    { ...SIMPLIFIED, device: 'phone', colorScheme: 'light' },
  ] as const;

  it.each(LOOKS)(
    'is accessible in every state: $lang, $colorScheme, $device',
    async ({ language, lang, amount, titles, unknown, device, colorScheme }) => {
      const page = await browser.open(undefined, { language, device, colorScheme, expectedTroubles: [/\b404\b/] });
      const look = async (url: string, title: string): Promise<void> => {
        await page.goto(url);
        await heading(page, title).waitFor();
        expect(await page.locator('html').getAttribute('lang')).toBe(lang);
        await expectAccessible(page);
      };
      // Without a returnUrl the page stays. The way back has tests of its own.
      const orders = ['open', 'paid', 'failed', 'expired', 'refunded'];
      for (const mchOrderNo of orders) await order({ mchOrderNo, returnUrl: mchOrderNo === 'paid' ? shop.url : '' });
      await sandbox.pay('paid');
      await sandbox.fail('failed');
      await fetch(`${sandbox.url}/cashier/${sandbox.order('expired')?.cashierToken}/expire`, { method: 'POST' });
      await sandbox.pay('refunded');
      await sandbox.refund('refunded');
      for (const [index, mchOrderNo] of orders.entries()) {
        await look(pageOf(mchOrderNo), titles[index] ?? '');
        expect(await page.locator('main').innerText()).toContain(amount);
      }
      await look(`${sandbox.url}/cashier?payOrderToken=none`, unknown);
    },
  );
});
