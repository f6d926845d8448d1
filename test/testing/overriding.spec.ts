import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OnMismatch, OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import type { OutcomeEvent } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { ResolvedOptions } from '../../lib/pass2pay.options.js';
import {
  getPass2PayOptionsToken,
  getPass2PayPortToken,
  getPass2PayToken,
  InjectPass2Pay,
  RESOLVED_OPTIONS,
} from '../../lib/pass2pay.tokens.js';
import { recordingLogger } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';

const handled: string[] = [];
const queued: OutcomeEvent[] = [];

@Injectable()
class OrdersService {
  constructor(readonly cashier: CashierService) {}

  @OnPayment()
  paid({ mchOrderNo }: PaymentOrder) {
    handled.push(mchOrderNo);
  }

  @OnMismatch()
  look() {
    handled.push('mismatch');
  }
}

class RealQueue implements OnModuleInit {
  starts = 0;
  inits = 0;
  add = async (event: OutcomeEvent) => void queued.push(event);
  start = async () => void this.starts++;
  close = async () => {};
  onModuleInit() {
    this.inits++;
  }
}

const book = (amount: number) => ({ find: async () => ({ amount, currency: 'cny' }), pending: async () => [] });
const merchants = [{ ...MERCHANT }];
const realQueue = new RealQueue();

@Module({
  imports: [
    Pass2PayModule.forRoot({
      baseUrl: 'https://api.example',
      merchants,
      merchantOrders: book(1),
      outcomeQueue: realQueue,
    }),
  ],
  providers: [OrdersService],
})
class AppModule {}

const payment = Object.assign(new PaymentOrder(), {
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  amount: 5,
  currency: 'cny',
  payOrderId: 'P1',
  mchOrderNo: 'O1',
  state: OrderState.Success,
});

let testing: TestingModule;
const starting = (module: object = AppModule) => {
  const builder = Test.createTestingModule({ imports: [module as never] }).setLogger(recordingLogger);
  const compile = async () => {
    testing = await builder.compile();
    await testing.init();
    return testing;
  };
  return { builder, compile };
};
afterEach(async () => {
  await testing.close();
  handled.length = 0;
  queued.length = 0;
});

describe('a test can override', () => {
  it('a service', async () => {
    const { builder, compile } = starting();
    const fake = { createOrder: async () => ({ mchOrderNo: 'O1' }) };
    builder.overrideProvider(CashierService).useValue(fake);
    expect((await compile()).get(OrdersService).cashier).toBe(fake);
  });

  it('the merchant orders, the inbox and the queue, one by one', async () => {
    const { builder, compile } = starting();
    const store = new MemoryInbox();
    builder.overrideProvider(getPass2PayPortToken('merchantOrders')).useValue(book(5));
    builder.overrideProvider(getPass2PayPortToken('inbox')).useValue(store);
    builder.overrideProvider(getPass2PayPortToken('outcomeQueue')).useValue(null);
    const outcomes = (await compile()).get(OutcomeProcessor, { strict: false });
    expect(await outcomes.process(payment)).toBe('applied');
    expect(handled).toEqual(['O1']);
    expect(await store.claim('payment:M1:o1', 1000)).toMatchObject({ lastApplied: OrderState.Success });
    expect(queued).toEqual([]);
  });

  it('only some of them: the others stay', async () => {
    const { builder, compile } = starting();
    builder.overrideProvider(getPass2PayPortToken('outcomeQueue')).useValue(null);
    const outcomes = (await compile()).get(OutcomeProcessor, { strict: false });
    expect(await outcomes.process(payment)).toBe('mismatch');
    expect(handled).toEqual(['mismatch']);
  });

  it('all options', async () => {
    const { builder, compile } = starting();
    builder.overrideProvider(getPass2PayOptionsToken()).useValue({ baseUrl: 'http://127.0.0.1:9', merchants });
    const options = (await compile()).get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false });
    expect(options).toMatchObject({ baseUrl: 'http://127.0.0.1:9' });
    expect(options).not.toHaveProperty('outcomeQueue');
  });

  it('nothing: what is overridden is checked as well', async () => {
    const { builder, compile } = starting();
    builder.overrideProvider(getPass2PayPortToken('merchantOrders')).useValue({ find: () => null });
    await expect(compile()).rejects.toThrow('merchantOrders must have the method pending');
    // Nothing has started that could be closed.
    testing = await Test.createTestingModule({}).compile();
  });

  it('the parts of one named instance', async () => {
    @Injectable()
    class Europe {
      constructor(@InjectPass2Pay(CashierService, 'eu') readonly cashier: CashierService) {}
    }
    const given = { baseUrl: 'https://eu.example', merchants };
    @Module({ imports: [AppModule, Pass2PayModule.forRoot({ ...given, name: 'eu' })], providers: [Europe] })
    class BothModule {}
    const { builder, compile } = starting(BothModule);
    const fake = {};
    builder.overrideProvider(getPass2PayToken(CashierService, 'eu')).useValue(fake);
    builder.overrideProvider(getPass2PayOptionsToken('eu')).useValue({ ...given, baseUrl: 'http://127.0.0.1:9' });
    builder.overrideProvider(getPass2PayPortToken('merchantOrders', 'eu')).useValue(book(5));
    const both = await compile();
    expect(both.get(Europe).cashier).toBe(fake);
    expect(both.get(OrdersService, { strict: false }).cashier).toBeInstanceOf(CashierService);
    const found = both.get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false, each: true }) as unknown as object[];
    expect(found.map((options) => (options as ResolvedOptions).baseUrl).toSorted()).toEqual([
      'http://127.0.0.1:9',
      'https://api.example',
    ]);
  });
});

it('an object among the options is not made a provider: its hooks are its owner’s to call', async () => {
  const { compile } = starting();
  const starts = realQueue.starts;
  await compile();
  expect(realQueue.starts).toBe(starts + 1);
  expect(realQueue.inits).toBe(0);
});
