import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import type { ExpectedOrder } from '../../lib/outcomes/merchant-orders.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { NotifyRoute } from '../outcomes/support/notified-shop.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const ORDER = {
  amount: 10031,
  wayCode: 'ALI_QR',
  registerTime: 1622016572190,
  custNo: 'C200492312',
  clientIp: '210.73.10.148',
};

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});

describe.each(PLATFORMS)('B11: an order whose upstream failed at once, on %s', (platform) => {
  it.each([
    ['broken', undefined],
    ['declined', '0'],
    ['refused', '9999'],
  ] as const)(
    'is state 3 where it was %s, may be followed by another one, and is paid late',
    async (result, errCode) => {
      const sandbox = await Pass2PaySandbox.start({ clock: 'stepped' });
      open.push({ close: () => sandbox.stop() });
      const own = new Map<string, ExpectedOrder>();
      const applied: PaymentOutcome[] = [];

      @Injectable()
      class Fulfilment {
        @OnPayment(OrderState.Success) settle(payment: PaymentOutcome) {
          applied.push(payment);
        }
      }

      const { app, url } = await startApp(
        {
          imports: [
            Pass2PayModule.forRoot({
              baseUrl: sandbox.url,
              merchants: [{ mchNo, appId, secrets: secret }],
              merchantOrders: { find: async ({ mchOrderNo }) => own.get(mchOrderNo), pending: async () => [] },
              reconcile: { enabled: false },
            }),
          ],
          controllers: [NotifyRoute],
          providers: [Fulfilment],
        },
        { platform },
      );
      open.push(app);
      /** As the documents ask: the state that the create answered is kept with the order. */
      const place = async (mchOrderNo: string) => {
        const made = await app
          .get(PaymentService)
          .createOrder({ ...ORDER, mchOrderNo, notifyUrl: `${url}/pay/notify` });
        own.set(mchOrderNo, { amount: ORDER.amount, currency: 'cny', lastState: made.state });
        return made;
      };

      sandbox.inject({ kind: 'upstream', result, mchOrderNo: 'first' });
      const failed = await place('first');
      expect(failed).toMatchObject({ state: OrderState.Failed, recovered: false });
      expect(failed.errCode).toBe(errCode);
      const second = await place('second');
      expect(second).toMatchObject({ state: OrderState.Paying, payData: expect.any(String) });
      await sandbox.payAfterClose('first');
      await sandbox.notifySettled('first');
      expect(applied).toMatchObject([{ mchOrderNo: 'first', state: OrderState.Success, late: true }]);
    },
  );
});
