import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../../sandbox/index.js';
import { verify } from '../../../lib/protocol/signature/verify.js';
import { EventSource } from '../support/event-source.js';
import { MERCHANT, MerchantClient } from '../support/merchant-client.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [{ ...MERCHANT, name: '<Shop & Co>' }] });
  client = new MerchantClient(sandbox);
});
afterEach(() => sandbox.stop());

async function cashierUrl(params: Record<string, string> = {}): Promise<string> {
  return String((await client.cashierOrder(params)).json.data?.['payData']);
}

function token(): string {
  return sandbox.order('O1')?.cashierToken ?? '';
}

function pagePath(): string {
  return `/cashier?payOrderToken=${token()}`;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, { redirect: 'manual', headers });
}

async function pageText(headers: Record<string, string> = {}): Promise<string> {
  return (await get(pagePath(), headers)).text();
}

function post(path: string, fields: Record<string, string> = {}): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, { method: 'POST', redirect: 'manual', body: new URLSearchParams(fields) });
}

describe('the cashier page', () => {
  it('says of which dialect the gateway is', async () => {
    await cashierUrl();
    expect(await pageText()).toContain('(pass2pay)');
  });

  it('shows the order, escaped, and runs nothing but its own files', async () => {
    const response = await fetch(await cashierUrl({ subject: '"><script>alert(1)</script>' }));
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(html).toContain('CN¥100.31');
    expect(html).toContain('&lt;Shop &amp; Co&gt;');
    expect(html).toContain('&quot;&gt;&lt;script&gt;');
    expect(html).not.toContain('<script>');
    expect(html).not.toMatch(/ (style|on\w+)=/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    // With no-referrer, a browser would send the page's own forms with `Origin: null`.
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    [undefined, 'en', 'Pay &lt;Shop &amp; Co&gt;', 'CN¥100.31'],
    ['zh-TW,zh;q=0.9,en;q=0.8', 'zh-Hant', '付款給 &lt;Shop &amp; Co&gt;', 'CN¥100.31'],
    ['zh-CN,zh;q=0.9', 'zh-Hans', '向 &lt;Shop &amp; Co&gt; 付款', '¥100.31'],
  ])('speaks the browser’s language: %s', async (accept, lang, title, amount) => {
    await cashierUrl();
    const response = await get(pagePath(), accept === undefined ? {} : { 'Accept-Language': accept });
    expect(response.headers.get('content-language')).toBe(lang);
    expect(response.headers.get('vary')).toBe('Accept-Language');
    const html = await response.text();
    expect(html).toContain(`<html lang="${lang}">`);
    expect(html).toContain(`<title>${title} · ${amount}</title>`);
  });

  it.each([
    ['pay', 2, 'Payment received'],
    ['fail', 3, 'Payment failed'],
    ['expire', 6, 'Time is up'],
  ])('%s leads back to the page, which says so', async (action, state, words) => {
    await cashierUrl();
    const response = await post(`/cashier/${token()}/${action}`);
    expect([response.status, response.headers.get('location')]).toEqual([303, pagePath()]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(sandbox.order('O1')?.state).toBe(state);
    expect(await pageText()).toContain(words);
  });

  it('changes nothing at a second click', async () => {
    await cashierUrl();
    await post(`/cashier/${token()}/pay`);
    for (const action of ['pay', 'fail', 'expire', 'pay-late']) {
      expect((await post(`/cashier/${token()}/${action}`)).status).toBe(303);
    }
    expect(sandbox.order('O1')).toMatchObject({ state: 2, history: [{ state: 0 }, { state: 1 }, { state: 2 }] });
    const html = await pageText();
    expect(html).toContain('Payment received');
    expect(html).not.toContain('<form');
  });

  it('tells who closed the order, the merchant or the time', async () => {
    await cashierUrl();
    await sandbox.close('O1');
    expect(await pageText()).toContain('Order closed');
    await sandbox.stop();
    sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], clock: 'stepped' });
    client = new MerchantClient(sandbox);
    await cashierUrl();
    await sandbox.advance(960_000);
    expect(sandbox.order('O1')).toMatchObject({ state: 6, expired: true });
    expect(await pageText()).toContain('Time is up');
  });

  it('takes a late payment once, as the gateway does: announced, while the order stays closed', async () => {
    await cashierUrl({ notifyUrl: 'http://127.0.0.1:1/notify' });
    await post(`/cashier/${token()}/expire`);
    for (let click = 0; click < 2; click += 1) await post(`/cashier/${token()}/pay-late`);
    expect(sandbox.order('O1')?.state).toBe(6);
    expect(sandbox.journal.since(0).filter((entry) => entry.type === 'state' && entry.cause === 'late')).toHaveLength(
      1,
    );
    expect(await pageText()).toContain('Payment came too late');
  });

  it('shows a refund', async () => {
    await cashierUrl();
    await sandbox.pay('O1');
    await sandbox.refund('O1');
    expect(await pageText()).toContain('Payment refunded');
  });

  it('knows nothing without the token', async () => {
    await cashierUrl();
    const wrong = '0'.repeat(64);
    for (const path of ['/cashier', `/cashier?payOrderToken=${wrong}`, `/cashier/${token()}/pay/more`]) {
      const response = await get(path);
      expect({ path, status: response.status }).toEqual({ path, status: 404 });
      expect(await response.text()).toContain('Unknown payment link');
    }
    for (const path of [`/cashier/${wrong}/pay`, '/cashier/O1/pay', `/cashier/${wrong}/pay-late`]) {
      expect({ path, status: (await post(path)).status }).toEqual({ path, status: 404 });
    }
    for (const path of [`/cashier/${wrong}/events`, `/cashier/${wrong}/return`, `/cashier/${wrong}/code.svg`]) {
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 404 });
    }
    expect(sandbox.order('O1')?.state).toBe(0);
  });

  it('takes deeds by POST alone, and no others', async () => {
    await cashierUrl();
    for (const action of ['pay', 'fail', 'expire', 'pay-late']) {
      expect((await get(`/cashier/${token()}/${action}`)).status).toBe(405);
    }
    expect((await post(`/cashier/${token()}/refund`)).status).toBe(405);
    expect((await post(pagePath())).status).toBe(405);
    expect(sandbox.order('O1')?.state).toBe(0);
  });
});

describe('the way back to the shop', () => {
  it.each([
    ['pay', '2'],
    ['fail', '3'],
    ['expire', '6'],
  ])('after %s is the returnUrl with signed fields, state %s', async (action, state) => {
    await cashierUrl({ returnUrl: 'https://shop.example/thanks?lang=zh', extParam: '谢谢' });
    await post(`/cashier/${token()}/${action}`);
    const response = await get(`/cashier/${token()}/return`);
    expect(response.status).toBe(303);
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    const location = new URL(response.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe('https://shop.example/thanks');
    const { lang, sign, ...fields } = Object.fromEntries(location.searchParams) as Record<string, string>;
    expect(lang).toBe('zh');
    expect(fields).toMatchObject({ state, mchOrderNo: 'O1', extParam: '谢谢', reqTime: expect.any(String) });
    expect(verify(fields, sign, MERCHANT.secret)).toBe(true);
  });

  it('gives nothing signed away before the order has ended, and is not there without a returnUrl', async () => {
    await cashierUrl({ returnUrl: 'https://shop.example/thanks' });
    expect((await get(`/cashier/${token()}/return`)).headers.get('location')).toBe(pagePath());
    expect(await pageText()).not.toMatch(/shop\.example|sign=/);
    await client.cashierOrder({ mchOrderNo: 'O2' });
    const other = sandbox.order('O2')?.cashierToken ?? '';
    await sandbox.pay('O2');
    const response = await get(`/cashier/${other}/return`);
    expect(response.headers.get('location')).toBe(`/cashier?payOrderToken=${other}`);
    expect(await (await get(`/cashier?payOrderToken=${other}`)).text()).toContain('You can close this page.');
  });
});

describe('the ways of paying', () => {
  async function offered(headers: Record<string, string> = {}): Promise<string[]> {
    return [...(await pageText(headers)).matchAll(/name="wayCode"\s+value="(\w+)"/g)].map(
      ([, wayCode]) => wayCode ?? '',
    );
  }

  async function restart(wayCodes: string[]): Promise<void> {
    await sandbox.stop();
    sandbox = await Pass2PaySandbox.start({ merchants: [{ ...MERCHANT, wayCodes }] });
    client = new MerchantClient(sandbox);
  }

  it('are a choice that the order, its query and its notify then name', async () => {
    await cashierUrl();
    expect(await offered()).toEqual(['ALI_QR', 'ALI_WAP']);
    await post(`/cashier/${token()}/pay`, { wayCode: 'ALI_WAP' });
    expect(sandbox.order('O1')).toMatchObject({ state: 2, wayCode: 'ALI_WAP' });
    expect((await client.query({ mchOrderNo: 'O1' })).json.data).toMatchObject({ wayCode: 'ALI_WAP' });
  });

  it('put first what suits the device', async () => {
    await cashierUrl();
    expect(await offered({ 'User-Agent': 'Mozilla/5.0 (iPhone) Mobile' })).toEqual(['ALI_WAP', 'ALI_QR']);
    expect(await offered({ 'Sec-CH-UA-Mobile': '?1' })).toEqual(['ALI_WAP', 'ALI_QR']);
  });

  it('are those of the merchant that a payer can go: no scanner of the shop, each kind once', async () => {
    await restart(['ALI_BAR', 'WX_NATIVE', 'ALI_WAP', 'ALI_APP', 'DCEP_WAP', 'CHANNEL_CASHIER']);
    await cashierUrl();
    expect(await offered()).toEqual(['WX_NATIVE', 'ALI_WAP', 'DCEP_WAP']);
  });

  it('are no choice where there is one, or the order fixes it', async () => {
    await restart(['ALI_WAP']);
    await cashierUrl();
    expect(await offered()).toEqual([]);
    expect(await pageText()).toContain('Pay on this device');
    await restart(['ALI_WAP', 'WX_NATIVE', 'ALI_QR']);
    await client.unifiedOrder();
    expect(await offered()).toEqual([]);
    expect(await pageText()).toContain('Alipay QR code');
  });

  it('name the coin and its network', async () => {
    await client.cryptoOrder({ chain: '0x2b6653dc' });
    const html = await pageText();
    expect(html).toContain('USDT on Tron');
    expect(html).toContain('100.31\u00A0USDT');
  });

  it('refuses one that is not offered, and does nothing', async () => {
    await cashierUrl();
    const response = await post(`/cashier/${token()}/pay`, { wayCode: 'PP_PC' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('Payment method not available');
    expect(sandbox.order('O1')?.state).toBe(0);
  });
});

describe('the events of an order', () => {
  it('tell its state at once and at each change', async () => {
    await cashierUrl();
    const events = await EventSource.open(`${sandbox.url}/cashier/${token()}/events`);
    await events.data(1);
    await sandbox.pay('O1');
    const changes = (await events.data(3)) as { state: number }[];
    expect(changes.map(({ state }) => state)).toEqual([0, 1, 2]);
    expect(events.events[0]).toMatchObject({
      event: 'order',
      data: { state: 0, expiresAt: sandbox.order('O1')?.expiresAt, now: expect.any(Number) },
    });
  });
});
