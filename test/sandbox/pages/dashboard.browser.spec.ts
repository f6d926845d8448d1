import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Pass2PaySandbox, type SandboxOptions } from '../../../sandbox/index.js';
import { describeInBrowser, expectAccessible, type Visit } from '../../support/browser.js';
import { MERCHANT, MerchantClient } from '../support/merchant-client.js';
import { NotifyReceiver, saying, timedOut } from '../support/notify-receiver.js';

const HOSTILE = `<script>window.hacked = 1</script>"'><img src=x onerror="window.hacked = 1">`;

let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let receiver: NotifyReceiver;

async function start(options: SandboxOptions = {}): Promise<void> {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], notifyTimeoutMs: 60_000, ...options });
  client = new MerchantClient(sandbox);
}

function rowOf(page: Page, mchOrderNo: string): ReturnType<Page['locator']> {
  return page.getByRole('row').filter({ has: page.getByRole('link', { name: mchOrderNo, exact: true }) });
}

/** By how many pixels the page is wider than what shows it. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Presses a button once it can be pressed. */
function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click();
}

beforeEach(async () => {
  receiver = await NotifyReceiver.start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
});

describeInBrowser('the dashboard in a browser', (browser) => {
  const open = (path: string, visit?: Visit): Promise<Page> => browser.open(`${sandbox.url}${path}`, visit);

  it('says how to make the first order, and shows it as it comes and is paid', async () => {
    await start();
    const page = await open('/');
    await page.getByRole('heading', { name: 'Waiting for your first order' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    await client.cashierOrder({ notifyUrl: receiver.url });
    const row = rowOf(page, 'O1');
    await row.getByText('Created 0').waitFor();
    await sandbox.pay('O1');
    await row.getByText('Paid 2').waitFor();
    await row.getByText('Acknowledged').waitFor();
    await client.transferOrder();
    await rowOf(page, 'T1').getByText('Processing 1').waitFor();
  });

  it('keeps up with hundreds of orders, and keeps the focus', async () => {
    await start();
    await client.cashierOrder({ mchOrderNo: 'first' });
    const page = await open('/');
    const pay = page.getByRole('button', { name: 'Pay: first' });
    await pay.focus();
    for (let i = 0; i < 300; i += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, j) => client.cashierOrder({ mchOrderNo: `N${i + j}` })));
    }
    await page.getByText('100 of 301').waitFor();
    await page.getByRole('searchbox').fill('first');
    await rowOf(page, 'first').waitFor();
    await page.getByText('1 of 301').waitFor();
    expect(new URL(page.url()).search).toBe('?text=first');
    await pay.focus();
    await client.cashierOrder({ mchOrderNo: 'second-to-first' });
    await rowOf(page, 'second-to-first').waitFor();
    expect(await page.evaluate(`document.activeElement?.getAttribute('aria-label')`)).toBe('Pay: first');
  });

  it('has a button for each control, which works where the state allows it', async () => {
    await start();
    for (const mchOrderNo of ['O1', 'O2', 'O3']) await client.cashierOrder({ mchOrderNo, notifyUrl: receiver.url });
    const page = await open('/orders/O1?mchNo=M1');
    const enabled = async (): Promise<string[]> =>
      page
        .locator('#entry-controls button:enabled')
        .evaluateAll((all) => all.map((one) => (one.textContent ?? '').trim()));
    expect(await enabled()).toEqual(['Pay', 'Fail', 'Let expire']);
    await press(page, 'Pay');
    await page.locator('#entry-summary').getByText('Paid 2').waitFor();
    expect(sandbox.order('O1')?.state).toBe(2);
    expect(await enabled()).toEqual(['Refund', 'Resend notify']);
    await page.locator('#attempt-1-1').waitFor();
    await press(page, 'Resend notify');
    await page.locator('#attempt-1-2').waitFor();
    await press(page, 'Refund');
    await page.locator('#entry-summary').getByText('Refunded 5').waitFor();

    await page.goto(`${sandbox.url}/orders/O2?mchNo=M1`);
    await press(page, 'Fail');
    await page.locator('#entry-summary').getByText('Failed 3').waitFor();

    await page.goto(`${sandbox.url}/orders/O3?mchNo=M1`);
    await press(page, 'Let expire');
    await page.locator('#entry-summary').getByText('Closed 6').waitFor();
    await press(page, 'Pay too late');
    await page.getByText('Notified as Paid, although it stays Closed').first().waitFor();
    await page.locator('#attempt-2-1').waitFor();
    expect(receiver.received.at(-1)?.body).toContain('state=2');

    for (const [mchOrderNo, button, state] of [
      ['T1', 'Succeed', 'Succeeded 2'],
      ['T2', 'Fail', 'Failed 3'],
    ] as const) {
      await client.transferOrder({ mchOrderNo, notifyUrl: receiver.url });
      await page.goto(`${sandbox.url}/transfers/${mchOrderNo}?mchNo=M1`);
      await press(page, button);
      await page.locator('#entry-summary').getByText(state).waitFor();
      await page.locator('#attempt-1-1').waitFor();
      expect(await enabled()).toEqual(['Resend notify']);
    }
  });

  it('shows in place why a control was refused', async () => {
    await start();
    await client.cashierOrder();
    const page = await open('/orders/O1', { expectedTroubles: [/409/] });
    // Another window is faster: between the click and its arrival.
    await page.route('**/sandbox/orders/O1/pay*', async (route) => {
      await sandbox.close('O1');
      await route.continue();
    });
    await press(page, 'Pay');
    await page.getByRole('alert').filter({ hasText: 'O1 is in state 6' }).waitFor();
    await page.locator('#entry-summary').getByText('Closed 6').waitFor();
  });

  it('injects a fault, which strikes, and removes faults', async () => {
    await start();
    const page = await open('/faults');
    await page.getByRole('combobox', { name: /^Fault/ }).selectOption('http-500');
    await page.getByLabel('Endpoint').selectOption('cashierOrder');
    await page.getByLabel('Only this order number').fill('O1');
    await page.getByLabel('How many times').fill('2');
    await page.getByLabel('HTTP status').fill('503');
    await page.getByLabel('The request is still processed').check();
    await page
      .getByText(
        "sandbox.inject({ kind: 'http-500', endpoint: 'cashierOrder', mchOrderNo: 'O1', times: 2, status: 503, stored: true });",
      )
      .waitFor();
    await press(page, 'Inject');
    const waiting = page.locator('#active-faults');
    await waiting.getByText('2 more times').waitFor();
    expect((await client.cashierOrder()).status).toBe(503);
    expect(sandbox.order('O1')?.state).toBe(0);
    await waiting.getByText('once more').waitFor();

    await page.getByRole('combobox', { name: /^Fault/ }).selectOption('notify-format');
    await page.getByRole('combobox', { name: /^Format/ }).selectOption('query');
    await page.getByLabel('How many times').fill('');
    await press(page, 'Inject');
    await waiting.getByText('until removed').waitFor();
    await client.cashierOrder({ mchOrderNo: 'O1b', notifyUrl: receiver.url });
    await page.getByLabel('Only this order number').fill('');
    await press(page, 'Remove http-500');
    await waiting.getByText('http-500').waitFor({ state: 'detached' });
    expect(sandbox.activeFaults().map(({ fault }) => fault.kind)).toEqual(['notify-format']);
    await press(page, 'Remove all');
    await waiting.getByText('No active faults').waitFor();
    expect(sandbox.activeFaults()).toEqual([]);
  });

  it('draws the attempts on the timeline, with their bytes and why they were no acknowledgement', async () => {
    await start({ clock: 'stepped' });
    receiver.reply(
      saying('SUCCESS\n'),
      saying('{"code":0}', 200, { 'Content-Type': 'application/json' }),
      timedOut,
      saying('no', 404),
      saying('success', 500),
    );
    await client.cashierOrder({ notifyUrl: receiver.url, expiredTime: 2_000 });
    const page = await open('/orders/O1?mchNo=M1');
    await press(page, 'Pay');
    await page.locator('#attempt-1-1').getByText('White space around it').waitFor();
    await page.getByText('Will retry').first().waitFor();
    await press(page, 'Advance to the next event');
    await page.locator('#attempt-1-2').getByText('JSON', { exact: true }).waitFor();
    await press(page, 'Advance by 15 min');
    await page.locator('#attempt-1-3').getByText('Timed out').waitFor();
    await page.locator('#attempt-1-4').getByText('Not found').waitFor();
    await page.locator('#attempt-1-5').getByText('Acknowledged').waitFor();
    await page.locator('#attempt-1-5').getByText('The gateway ignores the HTTP status 500').waitFor();
    const outcomes = await page
      .locator('.timeline .attempt')
      .evaluateAll((all) => all.map((one) => one.getAttribute('class')));
    expect(outcomes).toEqual(
      ['refused', 'refused', 'unanswered', 'refused', 'acknowledged'].map((one) => `attempt attempt--${one}`),
    );
    expect(await page.locator('.timeline .plan-line').count()).toBe(6);
    await page.locator('.timeline [data-attempt="attempt-1-1"] .attempt__bar').click();
    await page.locator('#attempt-1-1').getByText('SUCCESS␊').waitFor();
    const sent = await page.locator('#attempt-1-1 pre').first().textContent();
    expect(sent).toContain(receiver.received[0]?.body);
    expect(sent).toContain(`POST ${receiver.url}`);
    await expectAccessible(page);
  });

  it('shows why a signature was refused', async () => {
    await start();
    await client.cashierOrder({ amount: '008' });
    const page = await open('/requests');
    await page.getByText('The signature does not verify').click();
    await page.getByText('The gateway reads amount as 8').waitFor();
    await page.getByText('amount=8&appId=A1').waitFor();
    await page.getByText('key=********').waitFor();
    expect(await page.content()).not.toContain(MERCHANT.secret);
    await client.query({ mchOrderNo: 'none' });
    await page.getByText('No such order').waitFor();
    // What was opened stays open while the list grows.
    expect(await page.getByText('key=********').isVisible()).toBe(true);
    await expectAccessible(page);
  });

  it('takes hostile text for text, wherever it comes from', async () => {
    await start({
      merchants: [
        { ...MERCHANT, name: HOSTILE },
        { mchNo: HOSTILE, appId: 'A2', secret: 'OTHERKEY0123456789' },
      ],
    });
    receiver.reply(saying(HOSTILE, 200, { 'Content-Type': 'text/html' }));
    const mchOrderNo = HOSTILE.slice(0, 64);
    const texts = {
      mchOrderNo,
      subject: HOSTILE.slice(0, 64),
      body: HOSTILE,
      extParam: HOSTILE,
      clientIp: HOSTILE.slice(0, 32),
    };
    await client.unifiedOrder({ ...texts, notifyUrl: `${receiver.url}?"><script>`, userName: HOSTILE });
    await client.transferOrder({
      mchOrderNo,
      extParam: HOSTILE,
      accountName: HOSTILE.slice(0, 64),
      bankName: HOSTILE.slice(0, 32),
      transferDesc: HOSTILE,
    });
    expect(sandbox.transfers()).toHaveLength(1);
    await client.unifiedOrder({ ...texts, [HOSTILE]: HOSTILE });
    sandbox.inject({ kind: 'notify-tamper', field: 'amount', value: HOSTILE });
    await sandbox.pay(mchOrderNo);
    sandbox.inject({ kind: 'late', delayMs: 1, mchOrderNo: HOSTILE });
    const page = await open('/');
    const paths = [
      '/',
      '/requests?show=all',
      '/faults',
      `/orders/${encodeURIComponent(mchOrderNo)}?mchNo=M1`,
      `/transfers/${encodeURIComponent(mchOrderNo)}?mchNo=M1`,
      `/?text=${encodeURIComponent(HOSTILE)}`,
    ];
    for (const path of paths) {
      await page.goto(`${sandbox.url}${path}`);
      await page.getByText('Live', { exact: true }).waitFor();
      for (const details of await page.locator('details').all())
        await details.evaluate((one) => one.setAttribute('open', ''));
      expect(await page.locator('img[onerror], main script').count()).toBe(0);
      expect(await page.evaluate(`'hacked' in window`)).toBe(false);
    }
    await page.goto(`${sandbox.url}${paths[3]}`);
    await page.locator('#attempt-1-1').waitFor();
    await expectAccessible(page);
  });

  it.each([
    ['en-US', 'Orders', 'Paid', 'Refund', 'Timeline'],
    ['zh-TW', '訂單', '已支付', '退款', '時間軸'],
    ['zh-CN', '订单', '已支付', '退款', '时间轴'],
  ])('speaks %s', async (language, orders, paid, refund, timeline) => {
    await start();
    await client.cashierOrder();
    await sandbox.pay('O1');
    const page = await open('/', { language });
    await page.getByRole('link', { name: orders, exact: true }).waitFor();
    await page.getByText(`${paid} 2`).waitFor();
    await page.getByRole('link', { name: 'O1', exact: true }).click();
    await page.getByRole('button', { name: refund }).waitFor();
    await page.getByRole('heading', { name: timeline }).waitFor();
    for (const path of ['/requests', '/faults']) {
      await page.goto(`${sandbox.url}${path}`);
      await expectAccessible(page);
    }
  });

  const LOOKS = [
    { device: 'phone', colorScheme: 'light' },
    { device: 'desktop', colorScheme: 'dark' },
  ] as const;

  it.each(LOOKS)('fits and is accessible on a $device, $colorScheme', async ({ device, colorScheme }) => {
    await start();
    const page = await open('/', { device, colorScheme });
    await page.getByText('Live', { exact: true }).waitFor();
    await expectAccessible(page);
    receiver.reply(saying('SUCCESS\n'), saying('success'));
    await client.cashierOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    await client.unifiedOrder({ mchOrderNo: 'pending-order-with-a-rather-long-number-of-64-characters-0000001' });
    await client.transferOrder();
    await client.cashierOrder({ mchOrderNo: 'bad', foo: 'x' });
    sandbox.inject({ kind: 'late', delayMs: 3_000, times: 5 });
    for (const path of ['/', '/requests', '/faults', '/orders/O1?mchNo=M1', '/transfers/T1?mchNo=M1']) {
      await page.goto(`${sandbox.url}${path}`);
      await page.getByText('Live', { exact: true }).waitFor();
      await expectAccessible(page);
      expect([path, await overflowOf(page)]).toEqual([path, 0]);
    }
  });

  it('fits on a phone and is accessible where time is stepped', async () => {
    await start({ clock: 'stepped' });
    await client.cashierOrder();
    const page = await open('/', { device: 'phone' });
    await page.getByRole('button', { name: 'Advance to the next event' }).waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(await overflowOf(page)).toBe(0);
    await expectAccessible(page);
  });

  it('shows how things stand without JavaScript', async () => {
    await start();
    await client.cashierOrder();
    const page = await open('/', { javaScript: false });
    await rowOf(page, 'O1').waitFor();
    await page.locator('noscript p').waitFor();
  });
});
