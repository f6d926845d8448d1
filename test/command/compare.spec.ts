import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { compare, comparison, readReport, reportFolder } from './support/comparison.js';
import { GatewayProxy } from './support/gateway-proxy.js';
import { HeldPort } from '../support/held-port.js';
import { runCommand } from './support/run-command.js';

const { mchNo, appId, secrets } = MERCHANT;
const merchants = [{ mchNo, appId, secret: secrets }];
const folder = reportFolder();
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

describe.each(['pass2pay', 'platform'] as const)('a sandbox of the dialect %s', (dialect) => {
  let sandbox: Pass2PaySandbox;
  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ dialect, merchants });
  });
  afterAll(() => sandbox.stop());

  it('answers everything alike, and has nothing made', async () => {
    const asked = { baseUrl: sandbox.url, dialect, report: join(folder, dialect) };
    const run = await compare(asked);
    expect(run).toMatchObject({ code: 0, differences: [], counts: { differ: 0, unanswered: 0, notSent: 0 } });
    expect(run.counts.alike).toBeGreaterThan(400);
    expect([sandbox.orders(), sandbox.transfers(), sandbox.refunds()]).toEqual([[], [], []]);
  });

  it('and with --create, for which it makes orders of 1 fen, and no transfer', async () => {
    const asked = { baseUrl: sandbox.url, dialect, report: join(folder, dialect) };
    const run = await compare(asked, '--create');
    expect(run).toMatchObject({ code: 0, differences: [], counts: { differ: 0, unanswered: 0, notSent: 0 } });
    expect(run.counts.alike).toBeGreaterThan(550);
    const orders = sandbox.orders();
    expect(orders.length).toBeGreaterThan(30);
    expect(new Set(orders.map(({ amount }) => amount))).toEqual(new Set([1]));
    expect([sandbox.transfers(), sandbox.refunds()]).toEqual([[], []]);
  });
});

describe('what differs', () => {
  let sandbox: Pass2PaySandbox;
  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start({ dialect: 'pass2pay', merchants });
  });
  afterAll(() => sandbox.stop());

  it('is found between the dialects', async () => {
    const run = await compare({ baseUrl: sandbox.url, dialect: 'platform', report: join(folder, 'other') });
    expect(run.code).toBe(1);
    expect(run.differences).toContainEqual({
      name: 'close: unknown mchOrderNo',
      what: 'status',
      expected: '200',
      actual: '404',
    });
  });

  it('is a table for people', async () => {
    const proxy = await GatewayProxy.start(sandbox.url, async ({ target }, forward) => {
      const answer = await forward();
      return target === '/api/pay/compare' ? { ...answer, status: 400 } : undefined;
    });
    const { args, env } = comparison({ baseUrl: proxy.url, report: join(folder, 'table') });
    const { code, stdout } = await runCommand(args, { env });
    await proxy.stop();
    expect(code).toBe(1);
    const [heading, row, , count, report] = stdout.split('\n');
    expect(heading).toMatch(/^case +what +expected +actual$/);
    expect(row).toMatch(/^query: path \/api\/pay\/compare +status +404 +400$/);
    expect(count).toMatch(/^(\d+) of (\d+) identical, 1 different, 0 without a response$/);
    expect(report).toBe(`Report: ${join(folder, 'table')}`);
  });

  it('in the same way in many cases takes one row', async () => {
    const proxy = await GatewayProxy.start(sandbox.url, async (_request, forward) => {
      const answer = await forward();
      const { traceId, ...others } = answer.body === '' ? {} : (JSON.parse(answer.body) as Record<string, unknown>);
      return traceId === undefined ? undefined : { ...answer, body: JSON.stringify(others) };
    });
    const { args, env } = comparison({ baseUrl: proxy.url, report: join(folder, 'rows') });
    const { stdout } = await runCommand(args, { env });
    await proxy.stop();
    const [, row, empty] = stdout.split('\n');
    expect(row).toMatch(/^query: unknown mchOrderNo \(and (\d+) more\) +traceId +there +none$/);
    expect(row).toContain(`and ${proxy.lies - 1} more`);
    expect(empty).toBe('');
  });

  it('is not a way of paying that the app is not opened for, unless it is said to be', async () => {
    const wayCodes = ['ALI_QR', 'WX_NATIVE'];
    const gateway = await Pass2PaySandbox.start({ dialect: 'platform', merchants: [{ ...merchants[0]!, wayCodes }] });
    const asked = { baseUrl: gateway.url, dialect: 'platform' } as const;
    const unsaid = await compare({ ...asked, report: join(folder, 'unsaid') }, '--create');
    const said = await compare(
      { ...asked, report: join(folder, 'said') },
      '--create',
      '--way-codes',
      'ALI_QR,WX_NATIVE',
    );
    const wrong = await compare(
      { ...asked, report: join(folder, 'wrong') },
      '--create',
      '--way-codes',
      'ALI_QR,ALI_WAP',
    );
    await gateway.stop();
    expect(unsaid).toMatchObject({ code: 0, differences: [] });
    expect(unsaid.counts.notSent).toBeGreaterThan(20);
    expect(readReport(join(folder, 'unsaid')).cases).toContainEqual(
      expect.objectContaining({ name: 'unifiedOrder: ALI_PC', reason: 'the app is not opened for ALI_PC' }),
    );
    expect(said).toMatchObject({ code: 0, counts: { notSent: 0 } });
    const names = readReport(join(folder, 'said')).cases.map(({ name }) => name);
    expect(names).toContain('unifiedOrder: wayCode ALI_PC, which is not opened');
    expect(wrong.differences.map(({ name }) => name)).toContain('unifiedOrder: ALI_WAP');
  });
});

describe('a gateway that does not answer', () => {
  it('is told, with its own exit code', async () => {
    const port = await HeldPort.take();
    const report = join(folder, 'away');
    const run = await compare({ baseUrl: `http://127.0.0.1:${port.port}`, report });
    await port.release();
    expect(run).toMatchObject({ code: 3, stopped: 'ECONNREFUSED', counts: { alike: 0, differ: 0 } });
    expect(readReport(report).cases.map(({ outcome }) => outcome)).toEqual(Array(5).fill('unanswered'));
  });

  it('for some requests is asked for these alone when the command runs again', async () => {
    const sandbox = await Pass2PaySandbox.start({ merchants });
    let isAway = true;
    const proxy = await GatewayProxy.start(sandbox.url, ({ method, target }) => {
      if (!isAway) return undefined;
      return method === 'PUT' ? 'reset' : target.endsWith('/query.json') ? { status: 503, body: '' } : undefined;
    });
    const asked = { baseUrl: proxy.url, report: join(folder, 'resumed') };
    const first = await compare(asked);
    expect(first).toMatchObject({ code: 3, differences: [] });
    expect(first.counts.unanswered).toBeGreaterThan(3);
    const before = proxy.requests.length;
    isAway = false;
    const second = await compare(asked);
    expect(second).toMatchObject({ code: 0, counts: { unanswered: 0, total: first.counts.total } });
    expect(proxy.requests.length - before).toBe(first.counts.unanswered);
    const third = await compare(asked);
    expect(third).toMatchObject({ code: 0, counts: second.counts });
    expect(proxy.requests.length - before).toBe(first.counts.unanswered);
    await proxy.stop();
    await sandbox.stop();
  });

  it('in the middle of an order’s life is asked from its creation, under another number', async () => {
    const sandbox = await Pass2PaySandbox.start({ merchants });
    let isAway = true;
    const proxy = await GatewayProxy.start(sandbox.url, ({ body, target }) =>
      isAway && target === '/api/pay/query' && /"payOrderId":"P1/.test(body) ? 'reset' : undefined,
    );
    const asked = { baseUrl: proxy.url, report: join(folder, 'group') };
    const first = await compare(asked, '--create');
    expect(first).toMatchObject({ code: 3, differences: [] });
    const made = sandbox.orders().length;
    isAway = false;
    const second = await compare(asked, '--create');
    expect(second).toMatchObject({ code: 0, counts: { unanswered: 0 } });
    // One for each endpoint that makes orders.
    expect(sandbox.orders()).toHaveLength(made + 3);
    await proxy.stop();
    await sandbox.stop();
  });
});

describe('a report', () => {
  const away = 'http://127.0.0.1:1';

  it('says what was sent, and what both gateways answered', async () => {
    const sandbox = await Pass2PaySandbox.start({ merchants });
    const path = join(folder, 'content');
    const { counts } = await compare({ baseUrl: sandbox.url, report: path });
    await sandbox.stop();
    const { cases, ...head } = readReport(path);
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
    const target = sandbox.url;
    expect(head).toEqual({ version, target, dialect: 'pass2pay', mchNo, appId, startedAt: date, updatedAt: date });
    expect(cases).toHaveLength(counts.total);
    const answer = {
      status: 200,
      contentType: expect.any(String),
      code: '9999',
      msg: '验签失败',
      members: 'code, msg',
    };
    expect(cases).toContainEqual({
      name: 'query: wrong signature',
      request: {
        endpoint: 'query',
        method: 'POST',
        path: '/api/pay/query',
        contentType: 'application/json',
        signature: 'wrong',
        params: {
          mchNo,
          appId,
          mchOrderNo: expect.stringMatching(/^cmp/),
          version: '1.0',
          signType: 'MD5',
          reqTime: expect.stringMatching(/^\d{13}$/),
        },
      },
      outcome: 'alike',
      expected: answer,
      actual: answer,
    });
  });

  it('of another gateway, dialect or account is not continued', async () => {
    const report = join(folder, 'subject');
    const { args, env } = comparison({ baseUrl: away, report });
    await runCommand(args, { env });
    const before = readFileSync(report, 'utf8');
    for (const [more, words] of [
      [['--base-url', 'http://127.0.0.1:2'], 'target http://127.0.0.1:1'],
      [['--dialect', 'platform'], 'dialect pass2pay'],
      [['--mch-no', 'M2'], 'mchNo M1'],
      [['--app-id', 'A2'], 'appId A1'],
    ] as const) {
      const run = await runCommand([...args, ...more], { env });
      expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    }
    expect(readFileSync(report, 'utf8')).toBe(before);
  });

  it.each([
    ['is something else', 'no report', 'is not a report of pass2pay compare'],
    ['is other JSON', '{"cases":1}', 'is not a report of pass2pay compare'],
  ])('whose file %s is not overwritten', async (_what, text, words) => {
    const report = join(folder, 'foreign');
    writeFileSync(report, text);
    const { args, env } = comparison({ baseUrl: away, report });
    expect(await runCommand(args, { env })).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
    expect(readFileSync(report, 'utf8')).toBe(text);
  });

  it('that cannot be written is told before anything is sent', async () => {
    const { args, env } = comparison({ baseUrl: away, report: join(folder, 'none', 'report') });
    const run = await runCommand(args, { env });
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot be written (ENOENT)') });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

it('an unknown way of paying, or a proxy, is refused', async () => {
  const { args, env } = comparison({ baseUrl: 'http://127.0.0.1:1', report: join(folder, 'refused') });
  const unknown = await runCommand([...args, '--way-codes', 'ALI_QR,NOPE'], { env });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('--way-codes NOPE is unknown') });
  const proxied = await runCommand(args, { env: { ...env, PASS2PAY_TRANSPORT_PROXY: 'http://127.0.0.1:3128' } });
  expect(proxied).toMatchObject({ code: 2, stderr: expect.stringContaining('compare connects directly') });
});
