import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { PlantedShop, type Params, type ShopOrder } from '../prove/planted/planted-shop.js';
import { AnswersWithANewline, ComparesNoAmount } from '../prove/planted/planted-shops.js';
import { HeldPort } from '../support/held-port.js';
import { documentOf, runCommand, type Run } from './support/run-command.js';

let folder: string;
let gatewayPort: HeldPort;
let shopPort: HeldPort;
let shop: PlantedShop | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pass2pay-prove-'));
  gatewayPort = await HeldPort.take();
  shopPort = await HeldPort.take();
  shop = undefined;
});
afterEach(async () => {
  await shop?.stop();
  await shopPort.release();
  await gatewayPort.release();
  rmSync(folder, { recursive: true, force: true });
});

async function open(Shop = PlantedShop): Promise<PlantedShop> {
  const url = `http://127.0.0.1:${gatewayPort.port}`;
  shop = new Shop({ url, merchants: [DEFAULT_MERCHANT] }, shopPort);
  await shop.start();
  return shop;
}

/** A command of the shop’s owner that has it make an order. */
const makeOrder = () => ['--order', `curl -sS -X POST '${shop!.url}/orders'`];

function prove(...args: string[]): Promise<Run> {
  const fixed = ['--port', String(gatewayPort.port), '--quiet', '1', '--effect-within', '1'];
  const { PATH = '' } = process.env;
  return runCommand(['prove', `${shop!.url}/pay/notify`, ...fixed, ...args], { env: { PATH } });
}

/** By address, without a process for each count. */
const countUrl = () => ['--count-url', `${shop!.url}/effects/{no}`];

describe('prove', () => {
  it('has orders made and counted by commands, and ends well where there is no fault', async () => {
    class FilingShop extends PlantedShop {
      protected override apply(params: Params, order: ShopOrder): void {
        super.apply(params, order);
        const { mchOrderNo } = params;
        writeFileSync(join(folder, mchOrderNo!), `${this.count(mchOrderNo!)}\n`);
      }
    }
    await open(FilingShop);
    const count = `n=0; [ -f "${folder}/$1" ] && read n < "${folder}/$1"; echo $n`;
    const run = await prove(...makeOrder(), '--count', count, '--json');
    expect(documentOf(run)).toMatchObject({
      ok: true,
      gateway: `http://127.0.0.1:${gatewayPort.port}`,
      counts: { failed: 0, warned: 0, skipped: 3 },
      findings: [],
    });
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  it('takes orders from a file that the application writes meanwhile, and writes reports', async () => {
    const made = await open(ComparesNoAmount);
    const orders = join(folder, 'orders.json');
    const junit = join(folder, 'prove.xml');
    const report = join(folder, 'prove.html');
    const run = prove('--orders', orders, ...countUrl(), '--junit', junit, '--report', report);
    const numbers: string[] = [];
    // The gateway may not listen yet.
    while (numbers.length < 15)
      await made
        .order()
        .then((no) => numbers.push(no))
        .catch(() => {});
    writeFileSync(
      orders,
      JSON.stringify(numbers.map((mchOrderNo, index) => (index % 2 ? mchOrderNo : { mchOrderNo }))),
    );

    const { code, stdout } = await run;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ A payment with a different amount or currency is not fulfilled$/m);
    expect(stdout).toMatch(/^ {2}cost {4}Goods for 100\.31 CNY are delivered for any payment, such as 0\.01\.$/m);
    expect(stdout).toMatch(/^ {2}see {5}docs\/security\.md#/m);
    expect(stdout).toMatch(/^ {2}request POST http:.*\/pay\/notify$/m);
    expect(stdout).toMatch(/\bamount=1&/);
    const xml = readFileSync(junit, 'utf8');
    expect(xml).toContain('failures="1"');
    expect(xml).toMatch(/<failure type="amount" message="A payment of another amount is fulfilled">Order S\d+: /);
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('1 of 18 checks failed');
    expect(page).toContain('Goods for 100.31 CNY are delivered');
    expect(page).not.toMatch(/(src|href)=/);
    for (const text of [stdout, xml, page]) {
      expect(text).not.toContain(DEFAULT_MERCHANT.secret);
      expect(text).not.toMatch(/sign=[0-9A-F]/i);
    }
  });

  it('says in JSON what is wrong', async () => {
    await open(AnswersWithANewline);
    const run = await prove(...makeOrder(), ...countUrl(), '--json');
    expect(run.code).toBe(1);
    expect(documentOf(run)).toMatchObject({
      ok: false,
      findings: [{ code: 'not-acknowledged', seen: expect.stringContaining('There is a line break after `success`') }],
    });
  });

  it.each([
    ['no count', () => ['--order', 'true'], 'Pass either --count <command> or --count-url <url>'],
    ['no orders', () => ['--count', 'echo 0'], 'Pass either --orders <file> or --order <command>'],
    ['a count-url without a place', () => ['--order', 'true', '--count-url', 'http://x/'], 'must contain {no}'],
    ['an order that is not known', () => ['--order', 'echo X', '--count', 'echo 0'], 'The sandbox has no order "X"'],
    [
      'an order command that fails',
      () => ['--order', 'exit 3', '--count', 'echo 0'],
      'orders failed: exit 3 exited with code 3',
    ],
    ['a count that is none', () => [...makeOrder(), '--count', 'echo many'], 'expected a whole number, but got "many"'],
    ['a count of something else', () => [...makeOrder(), '--count', 'echo 1'], 'which is not yet paid'],
    [
      'a file that never comes',
      () => ['--orders', 'none.json', '--count', 'echo 0', '--wait', '0'],
      'none.json does not contain',
    ],
    [
      'a return URL that is none',
      () => ['--order', 'true', '--count', 'echo 0', '--return-url', '/thanks'],
      'returnUrl must be',
    ],
  ])('refuses %s', async (_what, args, message) => {
    await open();
    expect(await prove(...args())).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('refuses a list of too few orders', async () => {
    await open();
    const orders = join(folder, 'orders.json');
    writeFileSync(orders, '["S1", "S1", "S2"]');
    expect(await prove('--orders', orders, '--count', 'echo 0')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('orders must contain 15 different orders, one for each check, not 2'),
    });
  });

  it('says so when the application is not there, or does not come back', async () => {
    await open();
    const gone = await prove(...makeOrder(), ...countUrl(), '--restart', 'exit 1', '--json');
    expect(gone.code).toBe(3);
    expect(documentOf(gone)).toMatchObject({ error: { message: 'restart failed: exit 1 exited with code 1' } });
    await shop!.stop();
    const run = await prove('--order', 'true', ...countUrl(), '--wait', '0');
    expect(run).toMatchObject({ code: 3, stderr: expect.stringContaining('check that the application is running') });
    await shop!.start();
  });
});
