import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DEFAULT_MERCHANT, type Pass2PaySandbox } from '../../sandbox/index.js';
import { MerchantClient } from '../sandbox/support/merchant-client.js';
import {
  documentOf,
  runCommand,
  startCommand,
  startProcess,
  type Run,
  type RunningCommand,
  type RunOptions,
} from './support/run-command.js';

const SECRET = 'TESTKEY0123456789abcdefABCDEF';

interface Started {
  url: string;
  stdout: () => string;
  /** Asks it to end, and waits for the end. */
  end: () => Promise<Run>;
}

const running = new Set<RunningCommand>();
/** What a test that failed has left. */
afterEach(async () => {
  for (const command of running) {
    command.signal('SIGTERM');
    await command.ended;
  }
});

/** Runs until its output is complete. */
async function start(args: string[], options: RunOptions = {}): Promise<Started> {
  const command = startCommand(['sandbox', '--port', '0', ...args], options);
  running.add(command);
  void command.ended.then(() => running.delete(command));
  await command.printed(args.includes('--json') ? '\n}\n' : 'Press Ctrl-C to stop.');
  return {
    url: urlIn(command.stdout()),
    stdout: command.stdout,
    end: () => {
      command.signal('SIGTERM');
      return command.ended;
    },
  };
}

/** The HTTP status of the controls, called by this name. */
function statusFor(host: string, url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = get(`${url}/sandbox/orders`, { headers: { Host: host } }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    outgoing.on('error', reject);
  });
}

const urlIn = (stdout: string): string => /http:\/\/[\w.:[\]-]+/.exec(stdout)?.[0] ?? '';

async function creates(url: string, merchant: { mchNo: string; appId: string; secret: string }): Promise<number> {
  const { json } = await new MerchantClient({ url } as Pass2PaySandbox, merchant).cashierOrder();
  return json.code;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pass2pay-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('sandbox', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('runs until %s, and ends cleanly', async (signal) => {
    const child = startProcess(['sandbox', '--port', '0']);
    const closed = once(child, 'close');
    const stderr = textOf(child.stderr);
    try {
      let stdout = '';
      for await (const text of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
        stdout += text as string;
        if (stdout.includes('Press Ctrl-C to stop.')) break;
      }
      const url = urlIn(stdout);
      expect(stdout).toMatch(new RegExp(`^gateway +${url}$`, 'm'));
      expect(stdout).toMatch(new RegExp(`^dashboard +${url}/$`, 'm'));
      expect(stdout).toContain(DEFAULT_MERCHANT.mchNo);
      expect(await creates(url, { ...DEFAULT_MERCHANT })).toBe(0);
      child.stdout.resume();
      child.kill(signal);
      expect(await closed).toEqual([0, null]);
      expect(await stderr).toBe('Stopping …\nStopped.\n');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('takes merchants from the environment, and says where their secrets are', async () => {
    const { url, stdout, end } = await start(['--json'], {
      env: { PASS2PAY_MCH_NO: 'M1', PASS2PAY_APP_ID: 'A1', PASS2PAY_SECRET: SECRET },
    });
    const secretFrom = 'the environment variable PASS2PAY_SECRET';
    expect(documentOf({ code: 0, stderr: '', stdout: stdout() })).toEqual({
      ok: true,
      url,
      dashboard: `${url}/`,
      dialect: 'pass2pay',
      merchants: [{ mchNo: 'M1', appId: 'A1', secretFrom }],
      exposed: false,
    });
    expect(await creates(url, { mchNo: 'M1', appId: 'A1', secret: SECRET })).toBe(0);
    await end();
    expect(stdout()).not.toContain(SECRET);
  });

  it('takes merchants from its options, their secrets from the environment', async () => {
    const { url, stdout, end } = await start(['--merchant', 'M1/A1', '--merchant', 'M1/A-2'], {
      env: { PASS2PAY_SECRET_A1: SECRET, PASS2PAY_SECRET_A_2: `${SECRET}2` },
    });
    expect(await creates(url, { mchNo: 'M1', appId: 'A-2', secret: `${SECRET}2` })).toBe(0);
    await end();
    expect(stdout()).toContain('from the environment variable PASS2PAY_SECRET_A_2');
    expect(stdout()).not.toContain(SECRET);
  });

  it('C5: answers to the names that it is given, and sends notifies elsewhere only where it is told to', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const merchant = { ...DEFAULT_MERCHANT };
    const notifyUrl = `http://${'n'.repeat(64)}.invalid/`;
    for (const isAllowed of [false, true]) {
      const options = isAllowed ? ['--allow-host', 'sandbox', '--allow-host', 'pay:9', '--allow-remote-notifies'] : [];
      const { url, end } = await start(options);
      const statuses = await Promise.all(['sandbox:1', 'pay:9'].map((host) => statusFor(host, url)));
      expect(statuses).toEqual(isAllowed ? [200, 200] : [403, 403]);
      await new MerchantClient({ url } as Pass2PaySandbox, merchant).cashierOrder({ mchOrderNo: 'O1', notifyUrl });
      await fetch(`${url}/sandbox/orders/O1/pay`, { method: 'POST' });
      await end();
    }
    expect(warn.mock.calls.map(([message]) => String(message)).toSorted()).toEqual([
      expect.stringContaining('The sandbox does not accept the host "pay:9"'),
      expect.stringContaining('The sandbox does not accept the host "sandbox:1"'),
      expect.stringContaining('The sandbox does not send notifies to'),
    ]);
    warn.mockRestore();
  });

  it('takes merchants from a file, and a single secret from stdin', async () => {
    const file = join(folder, 'merchants.json');
    writeFileSync(file, JSON.stringify([{ mchNo: 'M1', appId: 'A1', secret: SECRET, name: 'Tea' }]));
    const first = await start(['--merchants-file', file]);
    expect(first.stdout()).toContain('M1 (Tea)');
    expect(await creates(first.url, { mchNo: 'M1', appId: 'A1', secret: SECRET })).toBe(0);
    await first.end();
    const second = await start(['--merchant', 'M1/A1', '--secret-file', '-'], { stdin: `${SECRET}\n` });
    expect(await creates(second.url, { mchNo: 'M1', appId: 'A1', secret: SECRET })).toBe(0);
    await second.end();
  });

  it('keeps its orders in a file, and lets time stand still', async () => {
    const data = join(folder, 'orders.json');
    const first = await start(['--data', data, '--stepped']);
    expect(await creates(first.url, { ...DEFAULT_MERCHANT })).toBe(0);
    expect(await first.end()).toMatchObject({ code: 0 });
    const second = await start(['--data', data]);
    const response = await fetch(`${second.url}/sandbox/orders/O1`);
    expect(await response.json()).toMatchObject({ mchOrderNo: 'O1', state: 0 });
    await second.end();
  });

  it.each([
    ['a merchant without a secret', ['--merchant', 'M1/A1'], 'set PASS2PAY_SECRET_A1'],
    ['a merchant that is none', ['--merchant', 'M1'], 'must be <mchNo>/<appId>'],
    ['a data file that is a folder', ['--data', '.'], 'data file'],
    ['a speed that is none', ['--speed', 'fast'], 'notifySpeed must be a number above 0'],
    ['a file that is not there', ['--merchants-file', 'nothing.json'], 'cannot be read (ENOENT)'],
    ['an address of elsewhere', ['--host', '203.0.113.1', '--port', '0'], 'is not an address of this machine'],
  ])('refuses %s', async (_what, args, message) => {
    expect(await runCommand(['sandbox', ...args])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });

  it('refuses a port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = await runCommand(['sandbox', '--port', `${port}`, '--json']);
    server.close();
    expect(run.code).toBe(2);
    expect(documentOf(run)).toMatchObject({ error: { message: expect.stringContaining(`Port ${port} is in use`) } });
  });
});
