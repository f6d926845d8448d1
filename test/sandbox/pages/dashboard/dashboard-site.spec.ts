import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../../../sandbox/index.js';
import { MERCHANT, MerchantClient } from '../../support/merchant-client.js';

let sandbox: Pass2PaySandbox;
let client: MerchantClient;

beforeEach(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT] });
  client = new MerchantClient(sandbox);
});
afterEach(() => sandbox.stop());

interface PageResponse {
  status: number;
  text: string;
  contentType: string;
}

/** With headers that fetch does not let one set. */
function open(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<PageResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${sandbox.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text, contentType: response.headers['content-type'] ?? '' });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const PATHS = ['/', '/requests', '/requests?show=all', '/faults', '/orders/O1?mchNo=M1'];

describe('the dashboard', () => {
  it.each(['pass2pay', 'platform'] as const)('says that it is of the dialect %s', async (dialect) => {
    await sandbox.stop();
    sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], dialect });
    for (const path of ['/', '/requests', '/faults']) {
      expect((await open(path)).text).toContain(`Dialect: ${dialect}`);
    }
  });

  it.each(PATHS)('shows %s to its own host only', async (path) => {
    await client.cashierOrder();
    const host = new URL(sandbox.url).host;
    const port = new URL(sandbox.url).port;
    expect((await open(path)).status).toBe(200);
    expect((await open(path, { Host: `localhost:${port}` })).status).toBe(200);
    const strangers: Record<string, string>[] = [
      { Host: 'rebound.example' },
      { Host: `rebound.example:${port}` },
      { Host: host, Origin: 'https://evil.example' },
      { Host: host, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' },
      { Host: host, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
      { Host: host, 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
    ];
    for (const headers of strangers) {
      const { status, text } = await open(path, headers);
      expect([headers, status]).toEqual([headers, 403]);
      expect(text).not.toContain('<html');
    }
  });

  it('can be opened by a link on another page, but not on another host', async () => {
    const link = { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
    expect((await open('/', link)).status).toBe(200);
    expect((await open('/', { ...link, Host: 'rebound.example' })).status).toBe(403);
    expect((await open('/', { ...link, Origin: 'https://evil.example' })).status).toBe(403);
  });

  it('executes nothing on GET, and takes nothing else', async () => {
    await client.cashierOrder();
    for (const path of ['/sandbox/orders/O1/pay', '/sandbox/faults/1', '/sandbox/clock/advance']) {
      expect((await open(path)).status).toBe(405);
    }
    expect((await open('/orders/O1', {}, 'POST')).status).toBe(405);
    expect(sandbox.order('O1')?.state).toBe(0);
  });

  it('does not know what it does not know', async () => {
    expect((await open('/orders/none')).status).toBe(404);
    expect((await open('/transfers/none')).status).toBe(404);
    expect((await open('/orders/%E0%A4')).status).toBe(404);
    expect((await open('/orders/a/b')).contentType).toContain('application/json');
  });

  it('never shows the secret of a merchant that it was given, and shows the public one', async () => {
    await client.cashierOrder({ foo: 1 });
    for (const path of [...PATHS, '/orders/none']) expect((await open(path)).text).not.toContain(MERCHANT.secret);
    const fresh = await Pass2PaySandbox.start();
    try {
      const text = await (await fetch(fresh.url)).text();
      for (const told of [fresh.url, DEFAULT_MERCHANT.mchNo, DEFAULT_MERCHANT.appId, DEFAULT_MERCHANT.secret]) {
        expect(text).toContain(told);
      }
    } finally {
      await fresh.stop();
    }
  });

  it('shows orders whose number is half of a surrogate pair, or a path', async () => {
    for (const mchOrderNo of ['\ud800', '../..', 'a/b?c#d', ' ']) await client.cashierOrder({ mchOrderNo });
    const { status, text } = await open('/');
    expect(status).toBe(200);
    expect(text).toContain('href="/orders/a%2Fb%3Fc%23d?mchNo=M1"');
    expect((await open('/orders/a%2Fb%3Fc%23d?mchNo=M1')).status).toBe(200);
  });

  it('draws no more rows than asked for', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, i) => client.cashierOrder({ mchOrderNo: `N${i}` })));
    const rows = async (path: string): Promise<number> =>
      (await open(path)).text.split('<tr role="row" id="row-').length - 1;
    expect(await rows('/')).toBe(100);
    expect(await rows('/?rows=200')).toBe(130);
    expect(await rows('/?text=n12')).toBe(11);
    expect(await rows('/?state=order:2')).toBe(0);
  });
});
