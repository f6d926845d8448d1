import { Controller } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

@Controller('Pay')
class PayController {
  @PaymentNotify('notify')
  pay() {}

  @TransferNotify('transfer')
  transfer() {}
}

let running: RunningApp;
beforeEach(() => {
  logged.length = 0;
});
afterEach(() => running.app.close());

const WARNING = 'notifyUrl ends in a slash, which Fastify does not match with the path of PayController.pay';

/** The status of a genuine notify to the controller's path with a slash at its end. */
async function statusWith(
  settings: Parameters<typeof startApp>[1],
  notifyUrl = 'https://shop.example/api/pay/notify/',
) {
  const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], notifyUrl };
  const metadata = { imports: [Pass2PayModule.forRoot(options)], controllers: [PayController] };
  running = await startApp(metadata, { ...settings, configure: (app) => app.setGlobalPrefix('api') });
  const response = await fetch(`${running.url}/api/Pay/notify/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: signedForm(notifyParams()),
  });
  return response.status;
}
const isWarned = () => logged.some((line) => line.includes(WARNING));

describe('a controller’s notify route, where notifyUrl has a slash at its end', () => {
  it('takes notifies on Express', async () => {
    expect(await statusWith({ platform: 'express' })).toBe(200);
    expect(isWarned()).toBe(false);
  });

  it('does not on Fastify as it is, and the start says what to do', async () => {
    expect(await statusWith({ platform: 'fastify' })).toBe(404);
    expect(isWarned()).toBe(true);
  });

  it('takes notifies on Fastify that ignores the slash', async () => {
    expect(await statusWith({ platform: 'fastify', routerOptions: { ignoreTrailingSlash: true } })).toBe(200);
    expect(isWarned()).toBe(false);
  });
});

it.each(
  PLATFORMS.flatMap((platform) =>
    ['https://shop.example/api/pay/notify', 'https://shop.example/other/', 'https://shop.example/'].map(
      (notifyUrl) => ({
        platform,
        notifyUrl,
      }),
    ),
  ),
)('nothing is said on $platform of $notifyUrl', async ({ platform, notifyUrl }) => {
  await statusWith({ platform }, notifyUrl);
  expect(isWarned()).toBe(false);
});
