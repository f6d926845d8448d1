import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import diagnostics from 'node:diagnostics_channel';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, type INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { NotifyReceiver, saying } from '../sandbox/support/notify-receiver.js';
import { startApp } from '../support/nest-app.js';
import { MERCHANT } from '../support/test-merchant.js';
import { documentOf, runCommand, runProcess, type Run } from './support/run-command.js';

const { mchNo, appId, secrets } = MERCHANT;
const WRONG = 'a secret of another app altogether';

interface Check {
  id: string;
  status: string;
  message: string;
  remedy?: string;
  details?: Record<string, unknown>;
}

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'pass2pay-tls-'));
const fileOf = (name: string): string => join(folder, name);

/** Makes certificates of localhost; gives the time at which `long` is valid for 364 days and a half, `short` for two. */
function makeCertificates(): number {
  for (const [name, days] of [
    ['long', 365],
    ['short', 3],
  ] as const) {
    const files = ['-keyout', fileOf(`${name}.key`), '-out', fileOf(`${name}.crt`)];
    const names = ['-subj', '/CN=Test Gateway', '-addext', 'subjectAltName=DNS:localhost'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', `${days}`];
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...names], { stdio: 'ignore' });
  }
  const { validTo } = new X509Certificate(readFileSync(fileOf('long.crt')));
  return Date.parse(validTo) - 364.5 * DAY_MS;
}

// Time stands still, for the command and for all that it asks: in the middle of a second, since a Date header counts them.
const now = makeCertificates() + 500;
let clock: Clock;
const dateResponse = (message: unknown): void => {
  (message as { response: ServerResponse }).response.setHeader('Date', new Date(now).toUTCString());
};

let sandbox: Pass2PaySandbox;
let env: Record<string, string>;
beforeAll(async () => {
  clock = FakeTimers.install({ now, toFake: ['Date', 'performance'] });
  diagnostics.subscribe('http.server.request.start', dateResponse);
  // The DNS is not ours to run.
  const lookup = dns.lookup as (name: string, options: object) => Promise<unknown>;
  jest.spyOn(dns, 'lookup').mockImplementation((async (name: string, options: object) => {
    if (name.endsWith('.invalid')) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
    return lookup(name, options);
  }) as typeof dns.lookup);
  sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
  env = { PASS2PAY_BASE_URL: sandbox.url, PASS2PAY_MCH_NO: mchNo, PASS2PAY_APP_ID: appId, PASS2PAY_SECRET: secrets };
});
afterAll(async () => {
  await sandbox.stop();
  jest.restoreAllMocks();
  diagnostics.unsubscribe('http.server.request.start', dateResponse);
  clock.uninstall();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the doctor, and gives out its checks by their names. */
async function doctor(changes: Record<string, string> = {}, args: string[] = []) {
  const variables = { ...env, ...changes };
  // The timeout only ends a test that hangs.
  return found(await runCommand(['doctor', '--json', '--timeout', '600', ...args], { env: variables }), variables);
}

/** In a process that trusts the certificates: Node reads NODE_EXTRA_CA_CERTS when it starts. */
async function trustingDoctor(changes: Record<string, string>) {
  const variables = { ...env, ...changes, NODE_EXTRA_CA_CERTS: fileOf('all.crt') };
  writeFileSync(
    variables.NODE_EXTRA_CA_CERTS,
    ['long', 'short'].map((name) => readFileSync(fileOf(`${name}.crt`))).join(''),
  );
  const stopTime = `data:text/javascript,Date.now=()=>${now};performance.now=()=>0`;
  const nodeOptions = ['--import', stopTime];
  return found(await runProcess(['doctor', '--json', '--timeout', '600'], { env: variables, nodeOptions }), variables);
}

function found(run: Run, variables: Record<string, string>) {
  const document = documentOf(run) as unknown as { ok: boolean; checks: Check[]; counts: Record<string, number> };
  for (const secret of (variables['PASS2PAY_SECRET'] ?? '').split(',').filter(Boolean)) {
    expect(run.stdout + run.stderr).not.toContain(secret);
  }
  return { ...run, ...document, check: (id: string) => document.checks.find((check) => check.id === id) };
}

describe('an application that is well', () => {
  let app: INestApplication;
  let notifyUrl: string;

  beforeAll(async () => {
    @Controller('pay')
    class PayController {
      @PaymentNotify('notify')
      receive(@NotifyPayload() _payment: PaymentNotification) {}
    }
    const merchants = [{ mchNo, appId, secrets }];
    const imports = [Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants })];
    const started = await startApp({ imports, controllers: [PayController] }, { rawBody: true });
    app = started.app;
    notifyUrl = `${started.url}/pay/notify`;
  });
  afterAll(() => app.close());

  it('passes every check, for people and for scripts', async () => {
    const variables = { ...env, PASS2PAY_NOTIFY_URL: notifyUrl };
    const { code, stdout, stderr } = await runCommand(['doctor'], { env: variables });
    expect(code).toBe(0);
    expect(stdout).toContain('✓ Notify URL refuses a forged notify: Refused with HTTP 401');
    expect(stdout).toContain('0 failed');
    expect(stderr).toContain('Comparing clocks …');
    expect(stdout + stderr).not.toContain(secrets);
    const { ok, checks } = await doctor({ PASS2PAY_NOTIFY_URL: notifyUrl });
    expect(ok).toBe(true);
    expect(checks.map(({ id, status }) => [id, status])).toEqual([
      ['configuration', 'pass'],
      ['dns', 'pass'],
      ['connection', 'pass'],
      ['tls', 'skip'],
      ['clock', 'pass'],
      ['secret', 'pass'],
      ['notify-url', 'pass'],
      ['notify-url-forged', 'pass'],
    ]);
    // Nothing was made at the gateway.
    expect(sandbox.orders()).toEqual([]);
  });
});

describe('the configuration', () => {
  it('is told with all its faults at once', async () => {
    const { code, check } = await doctor({ PASS2PAY_SECRET: 'short', PASS2PAY_RETRIES: 'many', PASS2PAY_MCH_NO: '' });
    expect(code).toBe(1);
    const issues = check('configuration')?.details?.['issues'] as { field: string }[];
    expect(issues.map(({ field }) => field).toSorted()).toEqual([
      'PASS2PAY_MCH_NO',
      'PASS2PAY_RETRIES',
      'PASS2PAY_SECRET',
    ]);
    // The gateway is looked at all the same.
    expect(check('connection')?.status).toBe('pass');
    expect(check('secret')?.status).toBe('skip');
  });

  it('is told where nothing is set', async () => {
    const { code, stdout } = await runCommand(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toContain('PASS2PAY_BASE_URL is required');
    expect(stdout).toContain('PASS2PAY_SECRET is required');
  });
});

describe('the secret', () => {
  it('is wrong', async () => {
    const { code, check } = await doctor({ PASS2PAY_SECRET: WRONG });
    expect(code).toBe(1);
    expect(check('secret')).toMatchObject({ status: 'fail', message: expect.stringContaining('验签失败') });
  });

  it('is right, but not the first', async () => {
    const { code, check } = await doctor({ PASS2PAY_SECRET: `${WRONG},${secrets}` });
    expect(code).toBe(1);
    expect(check('secret')).toMatchObject({ status: 'fail', remedy: 'Move number 2 to the first place.' });
  });

  it('stands before an old one', async () => {
    const { code, check } = await doctor({ PASS2PAY_SECRET: `${secrets},${WRONG}` });
    expect(code).toBe(0);
    expect(check('secret')).toMatchObject({ status: 'warn', details: { secrets: ['right', 'wrong'] } });
  });

  it('is of an app that the gateway does not know', async () => {
    const { check } = await doctor({ PASS2PAY_APP_ID: 'A9' });
    expect(check('secret')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('商户或商户应用不存在'),
      remedy: expect.stringContaining('check mchNo and appId'),
    });
  });

  it('cannot be told where the gateway answers nonsense', async () => {
    const fault = sandbox.inject({ kind: 'html-502', times: 5 });
    const { code, check } = await doctor();
    fault.remove();
    expect(code).toBe(1);
    expect(check('secret')).toMatchObject({ status: 'fail', details: { secrets: ['no-response'] } });
  });
});

describe('a gateway that is not reached', () => {
  it.each([
    ['http://127.0.0.1:1', 'connection', 'ECONNREFUSED'],
    ['https://gateway.invalid', 'dns', 'does not resolve'],
  ])('%s', async (baseUrl, id, message) => {
    const { code, check } = await doctor({ PASS2PAY_BASE_URL: baseUrl });
    expect(code).toBe(3);
    expect(check(id)).toMatchObject({ status: 'fail', message: expect.stringContaining(message) });
    expect(check('secret')?.status).toBe('skip');
  });
});

describe('with servers of its own', () => {
  const servers: Server[] = [];
  afterAll(async () => {
    for (const server of servers) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  });

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function tlsServer(
    name: string,
    listener: RequestListener = (_request, response) => response.end('{}'),
  ): Promise<number> {
    const [key, cert] = ['key', 'crt'].map((ending) => readFileSync(fileOf(`${name}.${ending}`)));
    return listen(createHttpsServer({ key, cert }, listener));
  }

  it.each([
    [0, 'pass'],
    [-60_000, 'warn'],
    [60_000, 'warn'],
    [3_600_000, 'fail'],
  ])('a clock that is %d ms off: %s', async (offMs, status) => {
    const port = await listen(
      createHttpServer((_request, response) => {
        response.setHeader('Date', new Date(now + offMs).toUTCString());
        response.end('{}');
      }),
    );
    const { check } = await doctor({ PASS2PAY_BASE_URL: `http://127.0.0.1:${port}` });
    expect(check('clock')?.status).toBe(status);
    expect(check('clock')?.details?.['aheadMs']).toBe(offMs === 0 ? 0 : -offMs);
  });

  it('a certificate that nobody vouches for', async () => {
    const { code, check } = await doctor({ PASS2PAY_BASE_URL: `https://localhost:${await tlsServer('long')}` });
    expect(code).toBe(3);
    expect(check('tls')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('SELF_SIGNED'),
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      details: { daysLeft: 364, issuer: 'Test Gateway', chain: ['Test Gateway'] },
    });
    expect(check('secret')?.status).toBe('skip');
  });

  it('certificates of an authority that is known here: of the gateway, of a notify URL, and of another host', async () => {
    const refuse: RequestListener = (_request, response) =>
      response.writeHead(401, { 'Pass2Pay-Notify': 'refused' }).end();
    const notifies = await tlsServer('short', refuse);
    const { check } = await trustingDoctor({
      PASS2PAY_BASE_URL: `https://localhost:${await tlsServer('long')}`,
      PASS2PAY_NOTIFY_URL: `https://localhost:${notifies}/notify`,
      PASS2PAY_TRANSFER_NOTIFY_URL: `https://127.0.0.1:${notifies}/notify`,
    });
    expect(check('tls')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('valid for another 364 days'),
    });
    expect(check('clock')?.status).toBe('pass');
    expect(check('notify-url-tls')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('valid for another 2 days'),
    });
    expect(check('notify-url-forged')?.status).toBe('pass');
    expect(check('transfer-notify-url-tls')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('ALTNAME'),
    });
  });

  it('a port that speaks no TLS', async () => {
    const { check } = await doctor({ PASS2PAY_BASE_URL: sandbox.url.replace('http:', 'https:') });
    expect(check('tls')).toMatchObject({ status: 'fail', remedy: expect.stringContaining('supports TLS') });
  });

  it('a notify URL whose certificate nobody vouches for', async () => {
    const port = await tlsServer('long', (_request, response) => response.writeHead(401).end());
    const { check } = await doctor({ PASS2PAY_NOTIFY_URL: `https://localhost:${port}/notify` });
    expect(check('notify-url-tls')?.status).toBe('fail');
  });
});

describe('the notify URL', () => {
  it.each([
    ['acknowledges forged notifies', saying('success'), 'fail', 'anybody can mark orders as paid'],
    ['takes them for genuine, and says so badly', saying('"success"'), 'fail', 'accepted a forged notify'],
    ['refuses by its body alone', saying('no'), 'warn', 'HTTP 200'],
    ['is not there', saying('{}', 404), 'fail', 'There is no notify route (HTTP 404)'],
    ['redirects', saying('', 301, { Location: '/' }), 'fail', 'does not follow'],
    [
      'has a body parser that does not read its charset (C6)',
      saying('{}', 415),
      'fail',
      'rejects application/x-www-form-urlencoded;charset=UTF-8 (HTTP 415)',
    ],
    ['fails', saying('oops', 500), 'warn', 'HTTP 500'],
    ['refuses', saying('{}', 401, { 'Pass2Pay-Notify': 'refused' }), 'pass', 'Refused with HTTP 401'],
    [
      'is answered by a CDN (D3)',
      saying('blocked', 403, { Server: 'cloudfront', Via: '1.1 edge-7' }),
      'fail',
      'cloudfront, 1.1 edge-7 answered with HTTP 403, and not the module',
    ],
    [
      'asks for basic auth (D3)',
      saying('', 401, { 'WWW-Authenticate': 'Basic' }),
      'fail',
      'HTTP 401, and not the module',
    ],
    ['has a CSRF guard (D3)', saying('{}', 403), 'fail', 'does not name itself answered with HTTP 403'],
    ['has a limit to bodies (D3)', saying('{}', 413, { Server: 'nginx' }), 'fail', 'nginx answered with HTTP 413'],
  ])('%s', async (_what, reply, status, message) => {
    const receiver = await NotifyReceiver.start(reply);
    try {
      const { check, code } = await doctor({}, ['--notify-url', receiver.url]);
      expect(check('notify-url-forged')).toMatchObject({ status, message: expect.stringContaining(message) });
      expect(code).toBe(status === 'fail' ? 1 : 0);
      expect(receiver.received).toHaveLength(1);
    } finally {
      await receiver.stop();
    }
  });

  it('of transfers is looked at too', async () => {
    const receiver = await NotifyReceiver.start(saying('success'));
    const { check } = await doctor({ PASS2PAY_TRANSFER_NOTIFY_URL: receiver.url });
    await receiver.stop();
    expect(check('transfer-notify-url-forged')?.status).toBe('fail');
    expect(receiver.received[0]?.body).toContain('transferId=');
  });

  it.each([
    ['has a query string', 'https://shop.example/notify?tenant=7', 'contains "?"'],
    ['has a fragment', 'https://shop.example/notify#x', 'contains "#"'],
    ['is too long', `https://shop.example/${'x'.repeat(120)}`, 'send up to 128'],
    ['does not resolve', 'https://shop.invalid/notify', 'does not resolve'],
  ])('%s', async (_what, url, message) => {
    const { check, code } = await doctor({ PASS2PAY_NOTIFY_URL: url });
    expect(check('notify-url')).toMatchObject({ status: 'fail', message: expect.stringContaining(message) });
    expect(code).toBe(1);
  });

  it('is not public, while the gateway is elsewhere', async () => {
    const changes = { PASS2PAY_BASE_URL: 'https://gateway.invalid', PASS2PAY_NOTIFY_URL: 'http://127.0.0.1:1/notify' };
    const { check } = await doctor(changes);
    expect(check('notify-url')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('127.0.0.1 is loopback'),
    });
    expect(check('notify-url-forged')).toBeUndefined();
  });
});
