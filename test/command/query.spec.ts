import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MerchantClient } from '../sandbox/support/merchant-client.js';
import { MERCHANT } from '../support/test-merchant.js';
import { documentOf, runCommand, type RunOptions } from './support/run-command.js';

const { mchNo, appId, secrets } = MERCHANT;

let sandbox: Pass2PaySandbox;
let env: Record<string, string>;
beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
  const client = new MerchantClient(sandbox);
  await client.cashierOrder();
  await client.transferOrder();
  await sandbox.pay('O1');
  env = {
    PASS2PAY_BASE_URL: sandbox.url,
    PASS2PAY_MCH_NO: mchNo,
    PASS2PAY_APP_ID: appId,
    PASS2PAY_SECRET: secrets,
    PASS2PAY_RETRIES: '0',
    // Only ends a call that hangs.
    PASS2PAY_TIMEOUT_MS: '600000',
  };
});
afterAll(() => sandbox.stop());

const query = (args: string[], options: RunOptions = {}) => runCommand(['query', ...args], { env, ...options });

describe('query', () => {
  it('shows an order to people', async () => {
    const { code, stdout } = await query(['O1']);
    expect(code).toBe(0);
    expect(stdout).toContain('Success (state 2)');
    expect(stdout).toMatch(/amount +10031 \(100\.31\)/);
    expect(stdout).toMatch(/createdAt +\d{13} \(\d{4}-\d\d-\d\dT/);
  });

  it('and to scripts, by either number', async () => {
    const order = documentOf(await query(['O1', '--json']))['order'] as { payOrderId: string };
    expect(order).toMatchObject({ mchOrderNo: 'O1', amount: 10031, state: 2, stateName: 'Success', mchNo, appId });
    const byId = await query(['--gateway-id', order.payOrderId, '--json']);
    expect(documentOf(byId)).toEqual({ ok: true, order });
  });

  it('finds transfers', async () => {
    const { transfer } = documentOf(await query(['T1', '--transfer', '--json'])) as { transfer?: object; ok: boolean };
    expect(transfer).toMatchObject({ mchOrderNo: 'T1', stateName: 'Processing' });
    const { transferId } = transfer as { transferId: string };
    expect((await query(['--transfer', '--gateway-id', transferId])).code).toBe(0);
  });

  it('says what the gateway refuses, and what it means', async () => {
    const unknown = await query(['NONE', '--json']);
    expect(unknown.code).toBe(1);
    expect(documentOf(unknown)).toMatchObject({ ok: false, refusal: { code: 9999, msg: '订单不存在' } });
    const wrongSecret = await query(['O1'], { env: { ...env, PASS2PAY_SECRET: 'another secret of enough letters' } });
    expect(wrongSecret).toMatchObject({ code: 1, stdout: expect.stringContaining('验签失败') });
  });

  it('has no answer where there is no gateway, or an answer that does not verify', async () => {
    const away = await query(['O1', '--base-url', 'http://127.0.0.1:1', '--json']);
    expect(away.code).toBe(3);
    expect(documentOf(away)).toMatchObject({ ok: false, error: { code: 'PASS2PAY_CONNECTION' } });
    const fault = sandbox.inject({ kind: 'bad-signature', times: 10 });
    const forged = await query(['O1', '--json']);
    fault.remove();
    expect(forged.code).toBe(3);
    expect(documentOf(forged)).toMatchObject({ ok: false, error: { code: 'PASS2PAY_SIGNATURE' } });
  });

  it('lists every fault of the configuration, and no secret', async () => {
    const run = await query(['O1', '--json'], {
      env: { PASS2PAY_BASE_URL: 'api.example', PASS2PAY_SECRET: 'too short', PASS2PAY_MCH_NO: '?' },
    });
    expect(run.code).toBe(2);
    expect(documentOf(run)).toMatchObject({
      ok: false,
      error: {
        code: 'configuration',
        issues: ['BASE_URL', 'MCH_NO', 'APP_ID', 'SECRET'].map((name) => ({ field: `PASS2PAY_${name}` })),
      },
    });
    expect(run.stdout).not.toContain('too short');
  });

  it('takes what the environment lacks from its options, and the secret from stdin', async () => {
    const args = ['O1', '--base-url', sandbox.url, '--mch-no', mchNo, '--app-id', appId, '--secret-file', '-'];
    expect(await query(args, { env: {}, stdin: `${secrets}\n` })).toMatchObject({ code: 0 });
  });
});
