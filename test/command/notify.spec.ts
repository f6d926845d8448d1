// Real time: the timeout of a socket is Node's own; one test waits it out, one second.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { verify } from '../../lib/protocol/signature/verify.js';
import { MerchantClient } from '../sandbox/support/merchant-client.js';
import { NotifyReceiver, saying, silent } from '../sandbox/support/notify-receiver.js';
import { MERCHANT } from '../support/test-merchant.js';
import { documentOf, runCommand } from './support/run-command.js';

const { mchNo, appId, secrets } = MERCHANT;
const env = { PASS2PAY_MCH_NO: mchNo, PASS2PAY_APP_ID: appId, PASS2PAY_SECRET: secrets };

let receiver: NotifyReceiver;
beforeEach(async () => {
  receiver = await NotifyReceiver.start();
});
afterEach(() => receiver.stop());

// The timeout only ends a test that hangs.
const notify = (...args: string[]) => runCommand(['notify', receiver.url, '--timeout', '600', ...args], { env });

function received(text = receiver.received[0]?.body): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function verifies({ sign, ...params }: Record<string, string>): boolean {
  return verify(params, sign, secrets);
}

describe('a test notify', () => {
  it.each([
    ['query', 'success', '2'],
    ['raw-form', 'failed', '3'],
    ['form', 'closed', '6'],
  ])('in the format %s arrives and verifies', async (format, state, number) => {
    receiver.reply(saying('success'));
    const run = await notify('--format', format, '--state', state, '--order', 'O1', '--set', 'extParam=a b');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('✓ Acknowledged.');
    const { url = '', body = '' } = receiver.received[0] ?? {};
    const params = received(format === 'query' ? url.split('?')[1] : body);
    expect(body === '').toBe(format === 'query');
    expect(params).toMatchObject({ mchOrderNo: 'O1', state: number, amount: '10031', extParam: 'a b', mchNo, appId });
    expect(verifies(params)).toBe(true);
  });

  it('has the parameters of the gateway’s own', async () => {
    const sandbox = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret: secrets }] });
    try {
      const client = new MerchantClient(sandbox);
      await client.cashierOrder({ notifyUrl: receiver.url });
      await sandbox.pay('O1');
      await sandbox.notifySettled('O1');
      await client.transferOrder({ notifyUrl: receiver.url });
      await sandbox.failTransfer('T1');
      await sandbox.notifySettled('T1');
      await notify();
      await notify('--kind', 'transfer', '--state', 'failed');
      const names = receiver.received.map(({ body }) => Object.keys(received(body)).toSorted());
      const [payment, transfer, testPayment, testTransfer] = names;
      expect(testPayment).toEqual(payment);
      expect(testTransfer).toEqual(transfer);
    } finally {
      await sandbox.stop();
    }
  });

  it('is told for scripts', async () => {
    receiver.reply(saying('success\n', 500));
    const run = await notify('--json', '--amount', '1');
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(documentOf(run)).toEqual({
      ok: false,
      acknowledged: false,
      forged: false,
      verdict: 'white-space',
      reason: expect.stringContaining('a line break after `success`'),
      request: { url: receiver.url, headers: expect.any(Object), body: receiver.received[0]?.body },
      response: { status: 500, body: 'success\n', durationMs: expect.any(Number) },
    });
    expect(received()).toMatchObject({ amount: '1' });
  });

  it.each([
    ['success with 500', saying('success', 500), 0, 'will not send this notify again'],
    ['JSON', saying('{"code":0}', 200, { 'Content-Type': 'application/json' }), 1, 'If an interceptor wraps'],
    ['a redirect', saying('', 302, { Location: '/' }), 1, 'does not follow'],
    ['quotation marks', saying('"success"'), 1, 'in quotation marks'],
  ])('answered by %s', async (_what, reply, code, words) => {
    receiver.reply(reply);
    const run = await notify();
    expect(run).toMatchObject({ code, stdout: expect.stringContaining(words) });
  });

  it('that no one answers is no acknowledgement either', async () => {
    const run = await runCommand(['notify', 'http://127.0.0.1:1/notify', '--json'], { env });
    expect(run.code).toBe(3);
    expect(documentOf(run)).toMatchObject({
      ok: false,
      verdict: 'not-reached',
      error: expect.stringContaining('ECONNREFUSED'),
    });
    receiver.reply(silent);
    const late = await notify('--json', '--timeout', '1');
    expect(late.code).toBe(3);
    expect(documentOf(late)).toMatchObject({ verdict: 'timeout', error: 'no response within 1000 ms' });
  });

  it('that is forged must be refused', async () => {
    receiver.reply(saying('{"statusCode":401}', 401));
    const refused = await notify('--forged');
    expect(refused).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ The forged notify was not acknowledged'),
    });
    expect(verifies(received())).toBe(false);
    receiver.reply(saying('success'));
    const taken = await notify('--forged');
    expect(taken).toMatchObject({ code: 1, stdout: expect.stringContaining('does not check signatures') });
  });

  it.each([
    [['--state', 'paid'], 'use success or failed or closed'],
    [['--kind', 'transfer', '--state', 'closed'], 'not sent for a transfer'],
    [['--set', 'x'], 'It must be name=value.'],
    [['--app-id', ''], 'The notify needs an app'],
  ])('%j is refused', async (args, message) => {
    expect(await notify(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(receiver.received).toEqual([]);
  });

  it('shows no secret', async () => {
    receiver.reply(saying(secrets));
    for (const json of [[], ['--json']]) {
      const { stdout, stderr } = await notify(...json);
      expect(stdout + stderr).not.toContain(secrets);
    }
  });
});
