import { Controller } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { DiagnosisLimit } from '../../lib/verification/diagnosis-limit.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify') receive() {
    return undefined;
  }
}

const OTHER_APP = { mchNo: 'M2', appId: 'A2', secrets: 'the secret of the other app' };

let running: RunningApp;

beforeEach(async () => {
  running = await startApp({
    imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }, OTHER_APP] })],
    controllers: [NotifyController],
  });
  logged.length = 0;
});
afterEach(async () => {
  jest.restoreAllMocks();
  await running.app.close();
});

async function refused(body: string): Promise<string[]> {
  const response = await fetch(`${running.url}/pay/notify`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body,
  });
  expect(response.status).toBe(401);
  // The sender may be anybody: the cause is for the log alone.
  expect(await response.json()).toMatchObject({ message: 'Invalid notify signature.' });
  return logged.filter((line) => line.includes('refused'));
}

it.each<[string, () => string, RegExp]>([
  ['white space around the secret', () => signedForm(notifyParams(), `${MERCHANT.secrets} `), /space after it/],
  [
    'a parameter left out of the signature',
    () => {
      const { clientIp, ...signed } = notifyParams();
      return new URLSearchParams({ ...signed, clientIp: clientIp!, sign: sign(signed, MERCHANT.secrets) }).toString();
    },
    /clientIp/,
  ],
  [
    'a changed value',
    () => signedForm(notifyParams()).replace('amount=5', 'amount=6'),
    /secret.*changed|changed.*secret/i,
  ],
])('the log names the likely cause: %s', async (_what, body, cause) => {
  const [line] = await refused(body());
  expect(line).toMatch(/^A notify was refused \(bad-signature\)/);
  expect(line).toMatch(cause);
  expect(line).toContain('app A1, merchant M1');
});

it('a flood of forged notifies is not diagnosed one by one', async () => {
  const now = Date.now();
  jest.spyOn(Date, 'now').mockReturnValue(now);
  for (let i = 0; i < 5; i++) await refused(signedForm(notifyParams(), 'a secret of somebody else'));
  const lines = await refused(signedForm(notifyParams(), 'a secret of somebody else'));
  expect(lines.filter((line) => line.includes('does not verify with a secret'))).toHaveLength(5);
});

it('one diagnosis a second is let through', () => {
  const limit = new DiagnosisLimit(1000);
  expect([0, 999, 1000, 1500, 2000].map((now) => limit.take(now))).toEqual([true, false, true, false, true]);
});

it('a name that anybody can send is cut and escaped', async () => {
  const name = `x[${'\n'.repeat(50)}`;
  const [line] = await refused(`${signedForm(notifyParams())}&${encodeURIComponent(name)}=1`);
  expect(line).not.toContain('\n');
  expect(line!.length).toBeLessThan(250);
});

it('C7 a signature whose `=` was changed does not reach the log as a part of a name', async () => {
  for (const changed of ['[', ']', '%5B', '%26', '_', '.']) {
    const form = signedForm(notifyParams());
    const signature = form.slice(form.indexOf('sign=') + 5);
    await refused(form.replace('sign=', `sign${changed}`));
    expect(logged.filter((line) => line.includes(signature.slice(0, 16)))).toEqual([]);
  }
});

const form = signedForm(notifyParams());
it.each([
  ['application/x-www-form-urlencoded', form],
  ['application/json', JSON.stringify(Object.fromEntries(new URLSearchParams(form)))],
])('C7 no change of any byte puts the signature into the log: %s', async (contentType, genuine) => {
  const signature = new URLSearchParams(form).get('sign')!;
  const changes = fc.record({ at: fc.nat(genuine.length - 1), to: fc.integer({ min: 0x20, max: 0x7e }) });
  // The bytes around the signature first: it can only join a name or another value there.
  const around = Array.from({ length: 12 }, (_, index) => genuine.indexOf(signature) - index).flatMap((at) =>
    Array.from('[]%&x"\\: ', (to) => ({ at, to: to.codePointAt(0)! })),
  );
  await fc.assert(
    fc.asyncProperty(changes, async ({ at, to }) => {
      const body = genuine.slice(0, at) + String.fromCharCode(to) + genuine.slice(at + 1);
      running.app.get(RefusalLog).end();
      await fetch(`${running.url}/pay/notify`, {
        method: 'POST',
        headers: { 'Content-Type': contentType },
        body,
      });
      expect(logged.filter((line) => line.toUpperCase().includes(signature.slice(0, 16)))).toEqual([]);
    }),
    { numRuns: 300, examples: around.map((change) => [change]) },
  );
});
