import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Front } from '../proof/support/front.js';
import { commandsOf, compiled, root, RunDocument } from './support/document.js';
import { portOf, start, TELLS_PORT, type Process } from './support/processes.js';

describe.each(['README.md', 'README.zh-Hant.md'])('the application of %s', (name) => {
  const readme = new RunDocument(name);
  let sandbox: Pass2PaySandbox;
  let shop: Process;
  /** The shop's address, which its notifyUrl holds before it listens. */
  let front: Front;
  let url: string;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    front = await Front.open();
    url = front.url;
    shop = start(process.execPath, [compiled(readme.take('NestFactory.create'))], {
      env: {
        PASS2PAY_BASE_URL: sandbox.url,
        PASS2PAY_MCH_NO: DEFAULT_MERCHANT.mchNo,
        PASS2PAY_APP_ID: DEFAULT_MERCHANT.appId,
        PASS2PAY_SECRET: DEFAULT_MERCHANT.secret,
        PASS2PAY_NOTIFY_URL: `${url}/pay/notify`,
        PORT: '0',
        ...TELLS_PORT,
      },
    });
    front.leadTo(await portOf(shop));
  });
  afterAll(async () => {
    await sandbox.stop();
    await front.close();
  });

  async function order(body: object): Promise<{ status: number; response: Record<string, unknown> }> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, response: (await response.json()) as Record<string, unknown> };
  }

  it('answers a wrong order with every fault', async () => {
    const { status, response } = await order({ mchOrderNo: 'A0', amount: 100.31 });
    expect(status).toBe(400);
    for (const field of ['amount', 'registerTime', 'custNo']) expect(JSON.stringify(response)).toContain(field);
    expect(sandbox.orders()).toEqual([]);
  });

  it('makes an order, and hears once that it is paid', async () => {
    const { status, response } = await order({
      mchOrderNo: 'A1',
      amount: 10031,
      custNo: 'C1',
      registerTime: 1622016572190,
    });
    expect(status).toBe(201);
    expect(response).toMatchObject({
      mchOrderNo: 'A1',
      payOrderId: sandbox.order('A1')!.payOrderId,
      cashierUrl: expect.stringContaining(sandbox.url),
      expiresAt: expect.any(String),
    });
    await sandbox.pay('A1');
    await sandbox.notifySettled('A1');
    await sandbox.resendNotify('A1');
    expect(await sandbox.notifySettled('A1')).toMatchObject({ acknowledged: true });
    expect(sandbox.notifyAttempts('A1').map(({ response: text }) => text)).toEqual(['success', 'success']);
    expect(shop.output.stdout.match(/A1 is paid: 10031 fen/g)).toHaveLength(1);
  });

  it('lets in no notify that the gateway has not signed', async () => {
    const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
    const { body, headers } = signedPaymentNotify({ mchOrderNo: 'A2', amount: 10031 }, forger);
    expect((await fetch(`${url}/pay/notify`, { method: 'POST', headers, body })).status).toBe(401);
    expect(shop.output.stdout).not.toContain('A2 is paid');
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
    expect(command!.split(' ').slice(2).toSorted()).toEqual(['nestjs-pass2pay', ...needed].toSorted());
  });

  it('and every other block are run', () => expect(readme.unrun()).toEqual([]));
});

it('both READMEs have the same code but for its comments', () => {
  const codeOf = (name: string) => new RunDocument(name).take('NestFactory.create').replaceAll(/ ?\/\/.*$/gm, '');
  expect(codeOf('README.zh-Hant.md')).toBe(codeOf('README.md'));
});
