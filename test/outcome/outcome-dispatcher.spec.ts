import { Injectable, Scope } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OrderState } from '../../lib/order/order-state.js';
import { PaymentOrder } from '../../lib/order/payment-order.dto.js';
import { OnPayment } from '../../lib/outcome/on-payment.decorator.js';
import { OutcomeDispatcher } from '../../lib/outcome/outcome-dispatcher.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { startApp, type RunningApp } from '../support/nest-app.js';
import { MERCHANT } from '../support/test-merchant.js';

const calls: string[] = [];
let pending: Promise<unknown> = Promise.resolve();
let failures = 0;

@Injectable()
class Fulfilment {
  private readonly shop = 'shop';

  @OnPayment(OrderState.Success)
  async ship(payment: PaymentOrder) {
    await pending;
    if (failures-- > 0) throw new Error('out of stock');
    calls.push(`${this.shop} ships ${payment.mchOrderNo}`);
  }

  @OnPayment(OrderState.Failed, OrderState.Closed)
  release(payment: PaymentOrder) {
    calls.push(`${this.shop} releases ${payment.mchOrderNo}`);
  }

  @OnPayment()
  audit(payment: PaymentOrder) {
    calls.push(`audit ${payment.state}`);
  }
}

const payment = (state: OrderState, mchOrderNo = 'O1') =>
  Object.assign(new PaymentOrder(), {
    payOrderId: `P-${mchOrderNo}`,
    mchOrderNo,
    ...MERCHANT,
    amount: 5,
    currency: 'cny',
    state,
  });

const module = Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }] });

describe('an outcome', () => {
  let running: RunningApp;
  let outcomes: OutcomeDispatcher;

  beforeEach(async () => {
    calls.length = 0;
    failures = 0;
    pending = Promise.resolve();
    running = await startApp({ imports: [module], providers: [Fulfilment] });
    outcomes = running.app.get(OutcomeDispatcher);
  });
  afterEach(() => running.app.close());

  it('reaches the handlers of its state, one after the other', async () => {
    expect(await outcomes.dispatch(payment(OrderState.Success))).toBe('delivered');
    expect(await outcomes.dispatch(payment(OrderState.Closed, 'O2'))).toBe('delivered');
    expect(calls).toEqual(['shop ships O1', 'audit 2', 'shop releases O2', 'audit 6']);
  });

  it('is handled once, however often it is told', async () => {
    const told = [];
    for (let i = 0; i < 5; i++) told.push(await outcomes.dispatch(payment(OrderState.Success)));
    expect(told).toEqual(['delivered', 'duplicate', 'duplicate', 'duplicate', 'duplicate']);
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('is refused for now while it is being handled', async () => {
    let finish!: () => void;
    pending = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const first = outcomes.dispatch(payment(OrderState.Success));
    await expect(outcomes.dispatch(payment(OrderState.Success))).rejects.toMatchObject({ status: 503 });
    finish();
    expect(await first).toBe('delivered');
    expect(await outcomes.dispatch(payment(OrderState.Success))).toBe('duplicate');
  });

  it('comes again after a handler has failed', async () => {
    failures = 1;
    await expect(outcomes.dispatch(payment(OrderState.Success))).rejects.toThrow('out of stock');
    expect(await outcomes.dispatch(payment(OrderState.Success))).toBe('delivered');
    expect(calls).toEqual(['shop ships O1', 'audit 2']);
  });

  it('does not block another state of the same order', async () => {
    await outcomes.dispatch(payment(OrderState.Failed));
    expect(await outcomes.dispatch(payment(OrderState.Success))).toBe('delivered');
    expect(calls).toContain('shop ships O1');
  });
});

it('a handler on a request-scoped provider stops the start and is named', async () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {
    @OnPayment(OrderState.Success)
    ship() {
      return undefined;
    }
  }
  await expect(startApp({ imports: [module], providers: [PerRequest] })).rejects.toThrow(
    /PerRequest\.ship.*default scope/,
  );
});
