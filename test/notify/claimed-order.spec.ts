import { Controller, Injectable, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { notifyParams, signedForm } from '../support/test-merchant.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;

@Controller('own')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

let hear: (payment: PaymentOutcome) => void;

@Injectable()
class Fulfilment {
  @OnPayment(OrderState.Success)
  ship(payment: PaymentOutcome) {
    hear(payment);
  }
}

describe.each(PLATFORMS)('A17 on %s', (platform) => {
  let sandbox: Pass2PaySandbox;
  let running: RunningApp;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
  });
  afterAll(() => sandbox.stop());
  afterEach(() => running.app.close());

  it.each(['/built-in/notify', '/own/notify'])(
    'an order that a refused notify to %s names is queried, and its payment handled',
    async (path) => {
      const mchOrderNo = `O-${platform}-${path.length}`;
      const merchantOrders = { find: async () => ({ amount: 5, currency: 'cny' }), pending: async () => [] };
      const options = { baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets: secret }], merchantOrders };
      @Module({
        imports: [Pass2PayModule.forRoot({ ...options, notifyPath: 'built-in/notify' })],
        controllers: [NotifyController],
        providers: [Fulfilment],
      })
      class ShopModule {}
      running = await startApp({ imports: [ShopModule] }, { platform });
      const order = { mchOrderNo, amount: 5, custNo: 'C1', registerTime: 1_622_016_572_190 };
      await running.app.get(CashierService, { strict: false }).createOrder(order);
      await sandbox.pay(mchOrderNo);
      const heard = new Promise<PaymentOutcome>((resolve) => {
        hear = resolve;
      });

      // As where the platform cuts a value at an `&`: genuine, and its signature does not verify.
      const body = signedForm(notifyParams({ mchNo, appId, mchOrderNo }), 'not the secret of this merchant');
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const response = await fetch(`${running.url}${path}`, { method: 'POST', headers, body });
      expect(response.status).toBe(401);
      expect(await heard).toMatchObject({ mchOrderNo, amount: 5, state: OrderState.Success, source: 'query' });
    },
  );
});
