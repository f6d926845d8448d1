import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderState, Pass2PayClient, Pass2PayConfigError, TransferState } from '../../lib/pass2pay-client/index.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';

const ORDER = { amount: 10031, registerTime: 1622016572190, custNo: 'C200492312' };

let sandbox: Pass2PaySandbox;
let client: Pass2PayClient;

beforeEach(async () => {
  const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
  sandbox = await Pass2PaySandbox.start();
  client = new Pass2PayClient({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] });
});
afterEach(async () => {
  await client.close();
  await sandbox.stop();
});

describe('a client without Nest', () => {
  it('creates orders, queries them and watches them to their end', async () => {
    const order = await client.cashier.createOrder({ ...ORDER, mchOrderNo: 'O1' });
    expect(order.cashierUrl).toContain(sandbox.url);
    await sandbox.pay('O1');
    const states: OrderState[] = [];
    await client.payments.watchOrder({ mchOrderNo: 'O1' }).forEach(({ state }) => void states.push(state));
    expect(states).toEqual([OrderState.Success]);
    expect(await client.payments.queryOrder({ mchOrderNo: 'O1' })).toMatchObject({ amount: 10031, state: 2 });
  });

  it('makes one order of a number that is asked for twice', async () => {
    const [first, again] = [
      await client.cashier.createOrder({ ...ORDER, mchOrderNo: 'O2' }),
      await client.cashier.createOrder({ ...ORDER, mchOrderNo: 'O2' }),
    ];
    expect(again).toMatchObject({ payOrderId: first.payOrderId, recovered: true });
  });

  it('makes transfers, and calls other endpoints', async () => {
    const transfer = { amount: 100, custNo: 'C1', clientIp: '210.73.10.148', accountNo: '6222020200112233445' };
    const { transferId } = await client.transfers.createTransfer({ ...transfer, mchOrderNo: 'T1' });
    expect(await client.transfers.queryTransfer({ transferId })).toMatchObject({ state: TransferState.Processing });
    const { data } = await client.gateway.call('transferQuery', { mchOrderNo: 'T1' });
    expect(data).toMatchObject({ transferId });
  });

  it('refuses wrong options with every issue', () => {
    expect(() => new Pass2PayClient({ baseUrl: 'x' })).toThrow(Pass2PayConfigError);
  });

  it('loads nothing of Nest', async () => {
    await expect(withoutNest('nestjs-pass2pay')).rejects.toThrow(/asks for @nestjs\//);
    expect(await withoutNest('nestjs-pass2pay/client')).toContain('loaded');
  });
});

/** Loads the built module in a process of its own, in which there is no Nest. */
async function withoutNest(specifier: string): Promise<string> {
  const hooks = `export const resolve = (name, context, next) => {
    if (name.startsWith('@nestjs/')) throw new Error('asks for ' + name);
    return next(name, context);
  };`;
  const program = `import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));
    await import('${specifier}');
    console.log('loaded');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return stdout;
}
