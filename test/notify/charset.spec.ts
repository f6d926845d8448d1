import { Controller, Injectable } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { startApp, type Platform, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

@Controller('pay')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('own')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

@Injectable()
class Fulfilment {
  @OnPayment()
  ship() {}
}

describe('C6: a notify in another charset', () => {
  let running: RunningApp;

  beforeEach(() => {
    logged.length = 0;
  });
  afterEach(() => running.app.close());

  async function start(platform: Platform, configure: (app: NestExpressApplication) => unknown = () => undefined) {
    const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], notifyPath: 'pay/built-in' };
    running = await startApp(
      { imports: [Pass2PayModule.forRoot(options)], controllers: [NotifyController], providers: [Fulfilment] },
      { platform, configure: (app) => configure(app as NestExpressApplication) },
    );
    logged.length = 0;
  }

  async function post(path: string) {
    const response = await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded;charset=GBK' },
      body: signedForm(notifyParams({ subject: 'tea' })),
    });
    return { status: response.status, text: await response.text() };
  }
  const SUCCESS = { status: 200, text: 'success' };

  it.each(['/pay/built-in', '/pay/own'])(
    'does not reach %s behind the parsers of Express, and no log says so',
    async (path) => {
      await start('express');
      expect((await post(path)).status).toBe(415);
      expect(logged).toEqual([]);
    },
  );

  it.each(['/pay/built-in', '/pay/own'])('reaches %s on Express with a raw parser before them', async (path) => {
    await start('express', (app) => app.useBodyParser('raw', { type: ({ url }) => url === path, limit: '64kb' }));
    expect(await post(path)).toEqual(SUCCESS);
  });

  it('reaches the built-in route on Fastify', async () => {
    await start('fastify');
    expect(await post('/pay/built-in')).toEqual(SUCCESS);
  });
});
