import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Front } from '../proof/support/front.js';
import { commandsOf, compiled, root, RunDocument } from './support/document.js';
import { portOf, start, stop, type Process } from './support/processes.js';
import { applicationEnv } from './support/environment.js';

describe.each(['README.md', 'README.zh-Hant.md'])('the application of %s', (name) => {
  const readme = new RunDocument(name);
  let sandbox: Pass2PaySandbox;
  let shop: Process;
  /** The shop's address, which its notifyUrl holds before it listens. */
  let front: Front;
  let url: string;
  /** Where the shop runs, and keeps its database. */
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-readme-'));

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    front = await Front.open();
    url = front.url;
    shop = start(process.execPath, [compiled(readme.take('NestFactory.create'))], {
      cwd: folder,
      env: applicationEnv(sandbox.url, url),
    });
    front.leadTo(await portOf(shop));
  });
  afterAll(async () => {
    await stop(shop);
    await sandbox.stop();
    await front.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The shop's own order, and how often the module handed on each of its outcomes. */
  function kept(no: string) {
    // The shop, which is another process, may be writing: the reconciler looks at an order that a forged notify has named.
    const database = new Database(join(folder, 'shop.db'), { readonly: true, timeout: 60_000 });
    const { state } = database.prepare('SELECT state FROM orders WHERE no = ?').get(no) as { state: string };
    const outcomes = database
      .prepare(
        'SELECT state, result, deliveries, attempts, late FROM pass2pay_outcome WHERE compared_no = ? ORDER BY id',
      )
      .all(no);
    database.close();
    return { state, outcomes };
  }

  async function order(body: object): Promise<{ status: number; response: Record<string, unknown> }> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, response: (await response.json()) as Record<string, unknown> };
  }

  it('sells only what the shop has, at the shop’s price', async () => {
    expect((await order({ product: 'gold', amount: 1 })).status).toBe(404);
    const { response } = await order({
      product: 'tea',
      amount: 1,
      custNo: 'X',
      notifyUrl: 'https://elsewhere.example',
    });
    expect(sandbox.orders()).toMatchObject([{ mchOrderNo: response.mchOrderNo, amount: 10031 }]);
    expect(JSON.stringify(sandbox.orders())).not.toContain('elsewhere');
  });

  it('makes an order, and hears once that it is paid', async () => {
    const { status, response } = await order({ product: 'tea' });
    const no = String(response.mchOrderNo);
    expect(status).toBe(201);
    expect(response).toMatchObject({
      payOrderId: sandbox.order(no)!.payOrderId,
      cashierUrl: expect.stringContaining(sandbox.url),
      expiresAt: expect.any(String),
    });
    await sandbox.pay(no);
    await sandbox.notifySettled(no);
    await sandbox.resendNotify(no);
    expect(await sandbox.notifySettled(no)).toMatchObject({ acknowledged: true });
    expect(sandbox.notifyAttempts(no).map(({ response: text }) => text)).toEqual(['success', 'success']);
    expect(kept(no)).toEqual({
      state: 'paid',
      outcomes: [{ state: 2, result: 'applied', deliveries: 2, attempts: 1, late: 0 }],
    });
  });

  it('hears of a payment that comes in after the order was closed', async () => {
    const no = String((await order({ product: 'tea' })).response.mchOrderNo);
    await sandbox.close(no);
    await sandbox.notifySettled(no);
    await sandbox.payAfterClose(no);
    expect(await sandbox.notifySettled(no)).toMatchObject({ acknowledged: true });
    expect(kept(no)).toMatchObject({
      state: 'paid',
      outcomes: [
        { state: 6, result: 'applied', late: 0 },
        { state: 2, result: 'applied', late: 1 },
      ],
    });
  });

  it('lets in no notify that the gateway has not signed', async () => {
    const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
    const no = String((await order({ product: 'tea' })).response.mchOrderNo);
    const { body, headers } = signedPaymentNotify({ mchOrderNo: no, amount: 10031 }, forger);
    expect((await fetch(`${url}/pay/notify`, { method: 'POST', headers, body })).status).toBe(401);
    expect(kept(no)).toEqual({ state: 'open', outcomes: [] });
  });

  it('needs the packages that its command installs', () => {
    const [command] = commandsOf(readme.take('npm i '));
    const { peerDependencies, peerDependenciesMeta } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      peerDependencies: Record<string, string>;
      peerDependenciesMeta: Record<string, { optional: boolean }>;
    };
    const ofEveryNest = new Set(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']);
    const needed = Object.keys(peerDependencies).filter(
      (peer) => !peerDependenciesMeta[peer]?.optional && !ofEveryNest.has(peer),
    );
    expect(command!.split(' ').slice(2).toSorted()).toEqual(['libsql', 'nestjs-pass2pay', ...needed].toSorted());
  });

  it('takes a pool of pg as well', async () => {
    await expect(readme.load('new Pool(')).resolves.toBeDefined();
  });

  it('and every other block are run', () => expect(readme.unrun()).toEqual([]));
});

it('both READMEs have the same code but for its comments', () => {
  const codeOf = (name: string) => new RunDocument(name).take('NestFactory.create').replaceAll(/ ?\/\/.*$/gm, '');
  expect(codeOf('README.zh-Hant.md')).toBe(codeOf('README.md'));
});
