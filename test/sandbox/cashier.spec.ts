import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../lib/sandbox/index.js';
import { verify } from '../../lib/signature/verify.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';

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

function post(path: string): Promise<Response> {
  return fetch(`${sandbox.url}${path}`, { method: 'POST', redirect: 'manual' });
}

describe('the cashier page', () => {
  it('shows the order, escaped', async () => {
    const response = await fetch(await cashierUrl({ subject: '"><script>alert(1)</script>' }));
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('CN¥100.31');
    expect(html).toContain('&lt;Shop &amp; Co&gt;');
    expect(html).toContain('&quot;&gt;&lt;script&gt;');
    expect(html).not.toContain('<script>');
  });

  it.each([
    ['pay', '2'],
    ['fail', '3'],
  ])('%s goes to the returnUrl with signed fields, state %s', async (action, state) => {
    await cashierUrl({ returnUrl: 'https://shop.example/thanks?lang=zh', extParam: '谢谢' });
    const response = await post(`/cashier/${token()}/${action}`);
    expect(response.status).toBe(303);
    const location = new URL(response.headers.get('location') ?? '');
    expect(`${location.origin}${location.pathname}`).toBe('https://shop.example/thanks');
    const { lang, sign, ...fields } = Object.fromEntries(location.searchParams) as Record<string, string>;
    expect(lang).toBe('zh');
    expect(fields).toMatchObject({ state, mchOrderNo: 'O1', extParam: '谢谢', reqTime: expect.any(String) });
    expect(verify(fields, sign, MERCHANT.secret)).toBe(true);
    expect(sandbox.order('O1')?.state).toBe(Number(state));
  });

  it('goes back to the page when there is no returnUrl, and a second click changes nothing', async () => {
    await cashierUrl();
    const response = await post(`/cashier/${token()}/pay`);
    expect(response.headers.get('location')).toBe(`/cashier?payOrderToken=${token()}`);
    expect((await post(`/cashier/${token()}/fail`)).status).toBe(303);
    expect(sandbox.order('O1')?.state).toBe(2);
    const html = await (await fetch(`${sandbox.url}/cashier?payOrderToken=${token()}`)).text();
    expect(html).toContain('Paid');
    expect(html).not.toContain('<button');
  });

  it('knows nothing without the token', async () => {
    await cashierUrl();
    expect((await fetch(`${sandbox.url}/cashier`)).status).toBe(404);
    expect((await fetch(`${sandbox.url}/cashier?payOrderToken=${'0'.repeat(64)}`)).status).toBe(404);
    expect((await post(`/cashier/${'0'.repeat(64)}/pay`)).status).toBe(404);
    expect((await post('/cashier/O1/pay')).status).toBe(404);
    expect((await post(`/cashier/${token()}/refund`)).status).toBe(405);
    expect((await fetch(`${sandbox.url}/cashier/${token()}/pay`)).status).toBe(405);
    expect(sandbox.order('O1')?.state).toBe(0);
  });

  it('has a picture where a code image is asked for', async () => {
    const { json } = await client.unifiedOrder({ channelExtra: '{"payDataType":"codeImgUrl"}' });
    const response = await fetch(String(json.data?.['payData']));
    expect(response.headers.get('content-type')).toBe('image/svg+xml');
  });
});
