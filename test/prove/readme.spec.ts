import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { Pass2PaySandbox } from 'pass2pay-sandbox';
import { proveNotifyUrl } from 'pass2pay-sandbox/testing';
import { expect, it } from '@jest/globals';
import { compiled, RunDocument } from '../docs/support/document.js';
import { portOf, start, type Process } from '../docs/support/processes.js';
import { Front } from '../proof/support/front.js';
import { applicationEnv } from '../docs/support/environment.js';

it('the README’s application is proven, killed as it is, without a false alarm', async () => {
  const sandbox = await Pass2PaySandbox.start();
  const front = await Front.open();
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-prove-'));
  const program = compiled(new RunDocument('README.md').take('NestFactory.create'));
  let shop: Process | undefined;
  const begin = async () => {
    const env = applicationEnv(sandbox.url, front.url);
    shop = start(process.execPath, [program], { cwd: folder, env });
    front.leadTo(await portOf(shop));
  };
  const kill = async () => {
    front.leadTo(undefined);
    const ended = once(shop!.child, 'close');
    shop!.child.kill('SIGKILL');
    await ended;
  };
  await begin();
  try {
    const proof = await proveNotifyUrl({
      notifyUrl: `${front.url}/pay/notify`,
      sandbox,
      async orders() {
        const headers = { 'content-type': 'application/json' };
        const body = '{"product":"tea"}';
        const response = await fetch(`${front.url}/orders`, { method: 'POST', headers, body });
        return ((await response.json()) as { mchOrderNo: string }).mchOrderNo;
      },
      count: (no) => fulfilments(join(folder, 'shop.db'), no),
      async restart() {
        await kill();
        await begin();
      },
      times: { quietMs: 1 },
    });
    expect(proof.findings).toEqual([]);
    expect(proof.counts).toMatchObject({ failed: 0, skipped: 1 });
  } finally {
    await kill();
    await front.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** How often the module has applied the payment, in the transaction in which the handler did; none where the order is not paid. */
function fulfilments(file: string, no: string): number {
  const database = new Database(file, { readonly: true, timeout: 60_000 });
  const sql =
    "SELECT COUNT(*) AS count FROM pass2pay_outcome JOIN orders ON orders.no = compared_no AND orders.state = 'paid' " +
    "WHERE compared_no = ? AND pass2pay_outcome.state = 2 AND result = 'applied'";
  const { count } = database.prepare(sql).get(no) as { count: number };
  database.close();
  return count;
}
