import { Controller, Logger, type LoggerService } from '@nestjs/common';
import { afterEach, expect, it } from '@jest/globals';
import { GatewayClient } from '../../lib/client/gateway-client.js';
import { SecretRotation, type SecretMatch } from '../../lib/merchants/secret-rotation.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer } from '../support/fake-server.js';
import { startApp } from '../support/nest-app.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const CURRENT = 'the current secret 01234';
const OLD: string = MERCHANT.secrets;
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify') receive() {
    return undefined;
  }
}

it('each message tells which secret signed it, and an old one is warned of', async () => {
  const warnings: string[] = [];
  let responseSecret = CURRENT;
  const gateway = await startServer((_request, response) => {
    response.end(JSON.stringify({ code: 0, data: { a: 1 }, sign: sign({ a: 1 }, responseSecret) }));
  });
  open.push(gateway);
  const { app, url } = await startApp({
    imports: [Pass2PayModule.forRoot({ baseUrl: gateway.url, merchants: [{ ...MERCHANT, secrets: [CURRENT, OLD] }] })],
    controllers: [NotifyController],
  });
  open.push(app);
  const silent = (): void => undefined;
  const logger: LoggerService = { log: silent, error: silent, warn: (message: string) => warnings.push(message) };
  Logger.overrideLogger(logger);

  const matches: SecretMatch[] = [];
  app.get(SecretRotation).matches$.subscribe((match) => matches.push(match));
  const notify = (secret: string) =>
    fetch(`${url}/pay/notify`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: signedForm(notifyParams(), secret),
    });
  await app.get(GatewayClient).call('query', {});
  responseSecret = OLD;
  await app.get(GatewayClient).call('query', {});
  expect(await (await notify(CURRENT)).text()).toBe('success');
  expect(await (await notify(OLD)).text()).toBe('success');
  expect((await notify('a secret of somebody else')).status).toBe(401);

  const merchant = { mchNo: MERCHANT.mchNo, appId: MERCHANT.appId };
  expect(matches).toEqual([
    { merchant, index: 0, isCurrent: true, message: 'response' },
    { merchant, index: 1, isCurrent: false, message: 'response' },
    { merchant, index: 0, isCurrent: true, message: 'notify' },
    { merchant, index: 1, isCurrent: false, message: 'notify' },
  ]);
  expect(warnings.filter((line) => line.includes('old secret'))).toEqual([
    'A message (response) of app A1, merchant M1, was signed with an old secret (number 2 of 2). Do not remove it yet.',
    'A message (notify) of app A1, merchant M1, was signed with an old secret (number 2 of 2). Do not remove it yet.',
  ]);
});

it('a notify is verified only with the secrets of the merchant that it names', async () => {
  const other = { mchNo: 'M2', appId: 'A2', secrets: CURRENT };
  const { app, url } = await startApp({
    imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }, other] })],
    controllers: [NotifyController],
  });
  open.push(app);
  const notify = async (body: string) =>
    (
      await fetch(`${url}/pay/notify`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body,
      })
    ).status;
  expect(await notify(signedForm(notifyParams(), OLD))).toBe(200);
  expect(await notify(signedForm(notifyParams(), CURRENT))).toBe(401);
  expect(await notify(signedForm(notifyParams({ mchNo: 'M2', appId: 'A2' }), CURRENT))).toBe(200);
  expect(await notify(signedForm(notifyParams({ mchNo: 'M2', appId: 'A2' }), OLD))).toBe(401);
  expect(await notify(signedForm(notifyParams({ mchNo: 'M2' }), CURRENT))).toBe(401);
});
