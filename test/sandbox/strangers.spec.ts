import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { Pass2PaySandbox, type SandboxOptions } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { MERCHANT, MerchantClient } from './support/merchant-client.js';
import { NotifyReceiver } from './support/notify-receiver.js';

let sandbox: Pass2PaySandbox;
let warnings: string[];

beforeEach(() => {
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation(((message: string) => {
    warnings.push(message);
  }) as typeof process.emitWarning);
});
afterEach(async () => {
  await sandbox.stop();
  jest.restoreAllMocks();
});

async function start(options: SandboxOptions = {}): Promise<MerchantClient> {
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], clock: 'stepped', ...options });
  return new MerchantClient(sandbox);
}

interface Answer {
  status: number;
  text: string;
}

type Headers = Record<string, string>;

/** With header fields that fetch does not let one set. */
function send(method: string, path: string, headers: Headers, body = '', connectTo = '127.0.0.1'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(sandbox.url);
    const outgoing = request({ host: connectTo, port, path, method, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A create as the merchant's server sends it, but for its header fields. */
function create(headers: Headers, mchOrderNo = 'O9'): Promise<Answer> {
  const { mchNo, appId, secret } = MERCHANT;
  const params = {
    mchNo,
    appId,
    mchOrderNo,
    amount: 100,
    currency: 'cny',
    custNo: 'C1',
    registerTime: 1622016572190,
    reqTime: Date.now(),
    version: '1.1',
    signType: 'MD5',
  };
  const body = JSON.stringify({ ...params, sign: sign(params, secret) });
  return send('POST', '/api/pay/cashierOrder', { 'Content-Type': 'application/json', ...headers }, body);
}

const here = () => new URL(sandbox.url).host;
const port = () => new URL(sandbox.url).port;
const token = () => sandbox.order('O1')!.cashierToken;
const cashierPath = () => `/cashier?payOrderToken=${token()}`;

/** Every kind of route, with a method that it takes. */
const ROUTES: [string, () => [string, string]][] = [
  ['the API', () => ['POST', '/api/pay/query']],
  ['the API by GET', () => ['GET', '/api/pay/query?mchOrderNo=O1']],
  ['the cashier page', () => ['GET', cashierPath()]],
  ['the payment', () => ['POST', `/cashier/${token()}/pay`]],
  ['the QR code', () => ['GET', `/cashier/${token()}/code.svg`]],
  ['the order’s events', () => ['GET', `/cashier/${token()}/events`]],
  ['the way back', () => ['GET', `/cashier/${token()}/return`]],
  ['an asset', () => ['GET', '/sandbox-assets/base.css']],
  ['the dashboard', () => ['GET', '/']],
  ['an order’s page', () => ['GET', '/orders/O1']],
  ['the controls', () => ['POST', '/sandbox/orders/O1/pay']],
  ['the control of faults', () => ['POST', '/sandbox/faults']],
  ['no route', () => ['GET', '/nothing']],
];

describe('C5: a page of a stranger', () => {
  beforeEach(async () => {
    const client = await start();
    await client.cashierOrder();
  });

  it.each(ROUTES)('reaches nothing by a host name that it points here: %s', async (_what, route) => {
    const [method, path] = route();
    for (const host of [
      'evil.example',
      `evil.example:${port()}`,
      `localhost.evil.example:${port()}`,
      `127.0.0.1.evil.example`,
    ]) {
      const browser: Headers = { Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' };
      for (const more of [{}, browser]) {
        const { status, text } = await send(method, path, { Host: host, ...more });
        expect({ host, status }).toEqual({ host, status: 403 });
        expect(text).toContain(`does not accept the host \\"${host}\\"`);
        expect(text).toContain('--allow-host');
      }
    }
    expect(sandbox.order('O1')?.state).toBe(0);
    expect(sandbox.activeFaults()).toEqual([]);
  });

  it.each(ROUTES)('reaches nothing by a form or a script of its own: %s', async (_what, route) => {
    const [method, path] = route();
    const strangers: Headers[] = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `http://localhost:${Number(port()) + 1}` },
      { Origin: `http://evil.example:${port()}` },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' },
      { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'script' },
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' },
    ];
    for (const headers of strangers) {
      const { status, text } = await send(method, path, { Host: here(), ...headers });
      expect({ headers, status }).toEqual({ headers, status: 403 });
      expect(text).toContain('The sandbox does not accept requests from pages of');
    }
    expect(sandbox.order('O1')?.state).toBe(0);
  });

  it('makes no order', async () => {
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Host: 'evil.example' },
    ] as Headers[]) {
      expect((await create({ Host: here(), ...headers })).status).toBe(403);
    }
    expect(sandbox.order('O9')).toBeUndefined();
  });

  it('may link to the cashier page and show its QR code, but post nothing there', async () => {
    const link = {
      Host: here(),
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    };
    const picture = { ...link, 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' };
    expect((await send('GET', cashierPath(), link)).status).toBe(200);
    expect((await send('GET', `/cashier/${token()}/code.svg`, picture)).status).toBe(200);
    expect((await send('GET', '/', link)).status).toBe(200);
    expect((await send('POST', `/cashier/${token()}/pay`, link)).status).toBe(403);
    expect((await send('GET', '/api/pay/query', link)).status).toBe(403);
    expect((await send('GET', '/sandbox/orders', link)).status).toBe(403);
    expect(sandbox.order('O1')?.state).toBe(0);
  });

  it('is told of in a warning, once each, and twenty at most', async () => {
    for (let nth = 0; nth < 30; nth += 1) {
      await send('GET', '/', { Host: `evil${nth}.example` });
      await send('GET', '/', { Host: `evil${nth}.example` });
    }
    expect(warnings).toHaveLength(20);
    expect(warnings[0]).toMatch(/does not accept the host "evil0\.example".*Use 127\.0\.0\.1:\d+, or allow the name/);
  });
});

describe('C5: who belongs there', () => {
  it('makes orders from a server, without an Origin, by any loopback name and port', async () => {
    await start();
    // A proxy, or a container's port, has a port of its own.
    const hosts = [
      here(),
      `localhost:${port()}`,
      `LOCALHOST:${port()}`,
      '127.0.0.1:8080',
      '127.1.2.3',
      `[::1]:${port()}`,
    ];
    for (const [index, host] of hosts.entries()) {
      const { status, text } = await create({ Host: host }, `H${index}`);
      expect({ host, status, text }).toMatchObject({ host, status: 200, text: expect.stringContaining('"code":0') });
    }
    expect(warnings).toEqual([]);
  });

  it('pays by the cashier page’s own form, whose browser says so', async () => {
    const client = await start();
    await client.cashierOrder();
    const page = await send('GET', cashierPath(), { Host: here() });
    expect(page.status).toBe(200);
    // What a browser sends for a form of a page with the Referrer-Policy same-origin.
    const form = {
      Host: here(),
      Origin: sandbox.url,
      'Sec-Fetch-Site': 'same-origin',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
      'Content-Type': 'application/x-www-form-urlencoded',
    };
    expect((await send('POST', `/cashier/${token()}/pay`, form)).status).toBe(303);
    expect(sandbox.order('O1')?.state).toBe(2);
  });

  it('may call it by a name that the options allow, with any port or with one', async () => {
    await start({ allowedHosts: ['sandbox', 'Pay.Example:8443'] });
    for (const host of ['sandbox', 'sandbox:9216', 'SANDBOX:1', 'pay.example:8443']) {
      expect(
        (await send('GET', '/sandbox/orders', { Host: host, Origin: `http://${host.toLowerCase()}` })).status,
      ).toBe(200);
    }
    // Behind a proxy that speaks TLS.
    const secure = { Host: 'pay.example:8443', Origin: 'https://pay.example:8443' };
    expect((await send('GET', '/sandbox/orders', secure)).status).toBe(200);
    for (const host of ['pay.example', 'pay.example:1', 'sandbox.evil.example', 'evil.example']) {
      expect((await send('GET', '/sandbox/orders', { Host: host })).status).toBe(403);
    }
  });

  const network = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  (network === undefined ? it.skip : it)(
    'may call it by the address that it listens on, for the payer’s part',
    async () => {
      const client = await start({ host: '0.0.0.0' });
      await client.cashierOrder();
      const host = `${network}:${port()}`;
      expect((await send('GET', cashierPath(), { Host: host }, '', network)).status).toBe(200);
      expect((await send('GET', '/', { Host: host }, '', network)).status).toBe(403);
      expect((await send('GET', '/sandbox/orders', { Host: host }, '', network)).status).toBe(403);
      // An address that it was not called by may be anybody's.
      expect((await send('GET', cashierPath(), { Host: `192.0.2.1:${port()}` }, '', network)).status).toBe(403);
    },
  );

  it.each([[''], ['http://sandbox'], ['a b'], ['sandbox/']])('is told that %j is no host name', async (name) => {
    await start();
    await expect(Pass2PaySandbox.start({ allowedHosts: [name] })).rejects.toThrow(
      /allowedHosts must contain host names/,
    );
  });
});

describe('C5: a notify to another machine', () => {
  const REMOTE = [
    'http://192.0.2.1:9/notify',
    'https://intranet.example/notify',
    'http://[2001:db8::1]/n',
    'http://127.0.0.1.evil.example/',
  ];

  it.each(REMOTE)('is not sent to %s, and says why', async (notifyUrl) => {
    const client = await start();
    expect((await client.cashierOrder({ notifyUrl })).json.code).toBe(0);
    await sandbox.pay('O1');
    await sandbox.advance(0);
    const [attempt] = sandbox.notifyAttempts('O1');
    expect(attempt).toMatchObject({
      acknowledged: false,
      posts: 0,
      judgement: { verdict: 'not-sent', reason: expect.stringContaining('--allow-remote-notifies') },
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The sandbox does not send notifies to .*which may be another machine\. To allow this, start it with allowRemoteNotifies/,
      ),
    ]);
  });

  it.each(['localhost', '127.0.0.1'])('is sent where %s is this one', async (name) => {
    const receiver = await NotifyReceiver.start();
    try {
      const client = await start();
      const notifyUrl = new URL(receiver.url);
      notifyUrl.hostname = name;
      await client.cashierOrder({ notifyUrl: notifyUrl.href });
      await sandbox.pay('O1');
      await sandbox.notifySettled('O1');
      expect(sandbox.notifyAttempts('O1')[0]!.judgement.verdict).not.toBe('not-sent');
    } finally {
      await receiver.stop();
    }
  });

  it('is tried with allowRemoteNotifies', async () => {
    const client = await start({ allowRemoteNotifies: true, notifyTimeoutMs: 1 });
    // A label too long to be one: no resolver is asked.
    await client.cashierOrder({ notifyUrl: `http://${'n'.repeat(64)}.invalid/` });
    await sandbox.pay('O1');
    await sandbox.advance(0);
    expect(sandbox.notifyAttempts('O1')[0]).toMatchObject({ posts: 1 });
    expect(warnings).toEqual([]);
  });
});
