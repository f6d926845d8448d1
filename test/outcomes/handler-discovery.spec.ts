import 'reflect-metadata';
import { Controller, Injectable, Module, Scope, type ModuleMetadata, type Provider, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { PLATFORMS, startApp, type Platform, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const calls: string[] = [];
let running: RunningApp | undefined;

beforeEach(() => {
  calls.length = 0;
  logged.length = 0;
});
afterEach(async () => {
  await running?.app.close();
  running = undefined;
});

@Controller('pay')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

class Fulfilment {
  constructor(readonly shop = 'shop') {}

  @OnPayment(OrderState.Success)
  ship() {
    calls.push(`${this.shop} ships`);
  }
}

const FULFILMENT = 'FULFILMENT';
const shipping: Provider = { provide: FULFILMENT, useFactory: () => new Fulfilment() };

const pass2pay = (name?: string) =>
  Pass2PayModule.forRoot({
    baseUrl: 'http://127.0.0.1:9',
    merchants: [{ ...MERCHANT }],
    isGlobal: true,
    ...(name !== undefined && { name }),
  });

async function start(metadata: ModuleMetadata, platform: Platform = 'express'): Promise<RunningApp> {
  running = await startApp(
    {
      ...metadata,
      imports: [pass2pay(), ...(metadata.imports ?? [])],
      controllers: [NotifyController, ...(metadata.controllers ?? [])],
    },
    { platform },
  );
  return running;
}

async function notify(payOrderId = 'P1'): Promise<string> {
  const response = await fetch(`${running!.url}/pay/notify`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: signedForm(notifyParams({ payOrderId, mchOrderNo: `O-${payOrderId}` })),
  });
  return response.text();
}

/** As MikroORM's `CreateRequestContext`, and loggers that open a context: another function takes the method's place. */
function Wrapped(): MethodDecorator {
  return (_target, _key, descriptor) => {
    const method = descriptor.value as unknown as (...args: unknown[]) => unknown;
    const wrapper = function (this: unknown, ...args: unknown[]) {
      calls.push('wrapped');
      return method.apply(this, args);
    };
    return { ...descriptor, value: wrapper as never };
  };
}

@Injectable()
class WrappedAbove {
  @Wrapped()
  @OnPayment(OrderState.Success)
  ship() {
    calls.push('ships');
  }
}

@Injectable()
class WrappedBelow {
  @OnPayment(OrderState.Success)
  @Wrapped()
  ship() {
    calls.push('ships');
  }
}

abstract class Base {
  @OnPayment(OrderState.Success)
  ship() {
    calls.push('base');
  }
}

@Injectable()
class Overriding extends Base {
  override ship() {
    calls.push('override');
  }
}

@Injectable()
class OverridingAndCalling extends Base {
  override ship() {
    super.ship();
    calls.push('override');
  }
}

@Injectable()
class Inheriting extends Base {}

@Injectable()
class Redecorated extends Base {
  @OnPayment(OrderState.Closed)
  override ship() {
    calls.push('override');
  }

  @OnPayment(OrderState.Success)
  other() {
    calls.push('other');
  }
}

const SHIP = Symbol('ship');

@Injectable()
class SymbolNamed {
  @OnPayment(OrderState.Success)
  [SHIP]() {
    calls.push('symbol');
  }
}

@Injectable()
class DecoratedTwice {
  @OnPayment(OrderState.Success)
  @OnPayment(OrderState.Closed)
  @OnPayment()
  @OnTransfer()
  ship() {
    calls.push('once');
  }
}

@Controller('shop')
class HandlingController {
  @OnPayment(OrderState.Success)
  ship() {
    calls.push('controller');
  }
}

const value = new Fulfilment('value');

@Module({ providers: [{ provide: FULFILMENT, useValue: value }] })
class OneModule {}

@Module({ providers: [{ provide: FULFILMENT, useValue: value }] })
class AnotherModule {}

describe.each(PLATFORMS)('A8 on %s, a handler is found and called once', (platform) => {
  it.each<[string, ModuleMetadata, string[]]>([
    ['of a class', { providers: [SymbolNamed, Inheriting] }, ['symbol', 'base']],
    ['of useFactory', { providers: [shipping] }, ['shop ships']],
    ['of an asynchronous useFactory', { providers: [{ ...shipping, useFactory: async () => value }] }, ['value ships']],
    ['of useValue', { providers: [{ provide: FULFILMENT, useValue: value }] }, ['value ships']],
    ['of one value in two modules', { imports: [OneModule, AnotherModule] }, ['value ships']],
    ['under an alias too', { providers: [shipping, { provide: 'ALIAS', useExisting: FULFILMENT }] }, ['shop ships']],
    ['below a decorator that wraps it', { providers: [WrappedAbove] }, ['wrapped', 'ships']],
    ['above a decorator that wraps it', { providers: [WrappedBelow] }, ['wrapped', 'ships']],
    ['overridden', { providers: [Overriding] }, ['override']],
    ['overridden and called', { providers: [OverridingAndCalling] }, ['base', 'override']],
    ['inherited', { providers: [Inheriting] }, ['base']],
    ['inherited from a value', { providers: [{ provide: Base, useValue: new Overriding() }] }, ['override']],
    ['but not the overridden decoration', { providers: [Redecorated] }, ['other']],
    ['named by a symbol', { providers: [SymbolNamed] }, ['symbol']],
    ['decorated several times', { providers: [DecoratedTwice] }, ['once']],
    ['of a controller', { controllers: [HandlingController] }, ['controller']],
  ])('%s', async (_how, metadata, expected) => {
    await start(metadata, platform);
    expect(await notify()).toBe('success');
    expect(calls).toEqual(expected);
  });
});

it('A8: with named instances beside it, a handler is still called once', async () => {
  await start({ imports: [pass2pay('eu'), pass2pay('asia')], providers: [shipping] });
  expect(await notify()).toBe('success');
  expect(calls).toEqual(['shop ships']);
});

it('A8: handlers of a lazily loaded module are called once it is loaded', async () => {
  @Module({ providers: [shipping, { provide: 'nothing', useFactory: () => null }] })
  class LazyModule {}
  const { app } = await start({ providers: [{ provide: 'eager', useFactory: () => new Inheriting() }] });
  await notify('P1');
  await app.get(LazyModuleLoader).load(() => LazyModule);
  await notify('P2');
  expect(calls).toEqual(['base', 'base', 'shop ships']);
});

it('A8: an event that comes while a module is being loaded does not hide its handlers', async () => {
  let finish!: (made: Fulfilment) => void;
  const slow = new Promise<Fulfilment>((resolve) => {
    finish = resolve;
  });
  let begun!: () => void;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const useFactory = () => {
    begun();
    return slow;
  };
  @Module({ providers: [{ provide: FULFILMENT, useFactory }] })
  class LazyModule {}
  const { app } = await start({});
  const loading = app.get(LazyModuleLoader).load(() => LazyModule);
  await hasBegun;
  await app.get(OutcomeProcessor).process(Object.assign(new PaymentNotification(), paid('P1')));
  finish(new Fulfilment());
  await loading;
  await notify('P2');
  expect(calls).toEqual(['shop ships']);
});

const paid = (payOrderId: string) => ({
  payOrderId,
  mchOrderNo: payOrderId,
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  amount: 5,
  currency: 'cny',
  state: OrderState.Success,
});

describe('A8: what would not be called, or more than once, is told at start', () => {
  @Module({ providers: [Inheriting] })
  class OrdersModule {}
  @Module({ providers: [Inheriting] })
  class CheckoutModule {}

  it('a class that two modules provide', async () => {
    await expect(start({ imports: [OrdersModule, CheckoutModule] })).rejects.toThrow(
      /Inheriting handles outcomes and is provided 2 times, in OrdersModule and CheckoutModule, .*Provide it in one module/,
    );
  });

  it('a class under two tokens', async () => {
    await expect(start({ providers: [Inheriting, { provide: Base, useClass: Inheriting }] })).rejects.toThrow(
      /provided 2 times, in TestModule and TestModule, .*useExisting/,
    );
  });

  it.each([Scope.REQUEST, Scope.TRANSIENT])('a provider without a single instance (scope %p)', async (scope) => {
    await expect(start({ providers: [{ provide: Base, useClass: Inheriting, scope }] })).rejects.toThrow(
      /Inheriting\.ship handles outcomes, but its provider is request-scoped or transient/,
    );
  });

  it.each<[string, Provider[]]>([
    ['a class that is no provider', []],
    [
      'a factory that makes one instance per request',
      [{ provide: FULFILMENT, scope: Scope.REQUEST, useFactory: () => new Unprovided() }],
    ],
  ])('%s', async (_what, providers) => {
    await start({ imports: [pass2pay('eu')], providers });
    const warnings = logged.filter((line) => line.includes('Unprovided'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/Unprovided\.ship: .* never called, .* Add it to the providers of a module/);
  });

  it('two classes of one name whose methods run after the commit: their work is kept by that name', async () => {
    const named = () => {
      class Receipts {
        @OnPayment(OrderState.Success, { after: 'commit' })
        send() {}
      }
      return Receipts;
    };
    await expect(start({ providers: [named(), named()] })).rejects.toThrow(
      /Receipts\.send runs after the commit, and 2 classes have this name and method, .*Rename/,
    );
  });

  it('a method that runs after the commit with a name that is too long to be kept', async () => {
    class Receipts {
      @OnPayment({ after: 'commit' })
      [`send${'Slowly'.repeat(40)}`]() {}
    }
    await expect(start({ providers: [Receipts] })).rejects.toThrow(/more than 200 characters/);
  });

  it('a method that runs after the commit in a module that is loaded later, by not acknowledging without a database', async () => {
    class Receipts {
      @OnPayment(OrderState.Success, { after: 'commit' })
      send() {
        calls.push('sends');
      }
    }
    @Module({ providers: [Receipts] })
    class LazyModule {}
    const { app } = await start({ providers: [shipping] });
    await app.get(LazyModuleLoader).load(() => LazyModule);
    expect(await notify()).not.toBe('success');
    expect(calls).toEqual([]);
  });

  it('nothing, of a base class whose subclass is provided', async () => {
    await start({ providers: [Overriding] });
    expect(logged.filter((line) => line.includes('Base.ship'))).toEqual([]);
  });

  const define = (make: () => Type) => {
    expect(make).toThrow(
      /Wrong(\.ship)? is not an instance method, .*@OnPayment\(\).*: write it as a method of the class/,
    );
  };

  it('a static method, where its class is defined', () => {
    define(() => {
      class Wrong {
        @OnPayment()
        static ship() {}
      }
      return Wrong;
    });
  });

  it('a property that holds a function, where its class is defined', () => {
    define(() => {
      class Wrong {
        ship = () => {};
      }
      // TypeScript refuses it; JavaScript does not.
      (OnPayment() as PropertyDecorator)(Wrong.prototype, 'ship');
      return Wrong;
    });
  });

  it('an accessor, and a class', () => {
    class Wrong {
      get ship() {
        return () => {};
      }
    }
    const accessor = Object.getOwnPropertyDescriptor(Wrong.prototype, 'ship')!;
    define(() => {
      OnPayment()(Wrong.prototype, 'ship', accessor);
      return Wrong;
    });
    define(() => {
      (OnPayment() as unknown as ClassDecorator)(Wrong);
      return Wrong;
    });
  });
});

@Injectable()
class Unprovided {
  @OnPayment(OrderState.Success)
  ship() {
    calls.push('never');
  }
}
