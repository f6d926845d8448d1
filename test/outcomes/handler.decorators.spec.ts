import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';
import {
  handlersOfPrototype,
  OnMismatch,
  OnPayment,
  OnTransfer,
  undiscovered,
} from '../../lib/outcomes/handler.decorators.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';

const { Success, Closed } = OrderState;

describe('a decorated method', () => {
  it('handles the states that are given, in the transaction or after the commit', () => {
    class Shop {
      @OnPayment(Success, Closed)
      settle() {}
      @OnPayment(Success, { after: 'commit' })
      mail() {}
      @OnPayment({ after: 'commit' })
      log() {}
      @OnTransfer(TransferState.Success)
      payOut() {}
      @OnMismatch()
      look() {}
    }
    expect(Object.fromEntries(handlersOfPrototype(Shop.prototype))).toStrictEqual({
      settle: [{ kind: 'payment', states: [Success, Closed] }],
      mail: [{ kind: 'payment', states: [Success], after: 'commit' }],
      log: [{ kind: 'payment', states: [], after: 'commit' }],
      payOut: [{ kind: 'transfer', states: [TransferState.Success] }],
      look: [{ kind: 'mismatch' }],
    });
  });

  it('may be decorated several times', () => {
    class Ledger {
      @OnTransfer()
      @OnPayment(Success)
      write() {}
    }
    expect(handlersOfPrototype(Ledger.prototype).get('write')).toStrictEqual([
      { kind: 'payment', states: [Success] },
      { kind: 'transfer', states: [] },
    ]);
  });

  it('is inherited, and its nearest decorators count where it is overridden', () => {
    class Base {
      @OnPayment(Success)
      settle() {}
      @OnPayment(Success)
      kept() {}
    }
    class Derived extends Base {
      @OnPayment(Closed)
      override settle() {}
    }
    expect(Object.fromEntries(handlersOfPrototype(Derived.prototype))).toStrictEqual({
      settle: [{ kind: 'payment', states: [Closed] }],
      kept: [{ kind: 'payment', states: [Success] }],
    });
    expect(handlersOfPrototype(Base.prototype).get('settle')).toStrictEqual([{ kind: 'payment', states: [Success] }]);
  });

  it.each([undefined, null, 7, {}])('is not found on %p', (prototype) => {
    expect(handlersOfPrototype(prototype).size).toBe(0);
  });

  it('is told from those of classes that are discovered, themselves or as an ancestor', () => {
    const send = Symbol('send');
    class Found {
      @OnPayment()
      settle() {}
    }
    class Derived extends Found {}
    class Lost {
      @OnPayment()
      settle() {}
      @OnPayment()
      [send]() {}
    }
    const lost = undiscovered([Derived.prototype]);
    expect(lost).toContainEqual({ name: 'Lost', methods: ['settle', send] });
    expect(lost.map(({ name }) => name)).not.toContain('Found');
    expect(undiscovered([Lost.prototype]).map(({ name }) => name)).toContain('Found');
  });
});

describe('a decorator of anything else', () => {
  const accessor = { get: () => () => {}, configurable: true };

  it.each<[string, () => unknown, string, string]>([
    [
      'a static method',
      () => OnPayment()(Wrong, 'ship', Object.getOwnPropertyDescriptor(Wrong, 'ship')!),
      'Wrong.ship',
      '@OnPayment()',
    ],
    [
      'a property with a function',
      () => (OnTransfer() as PropertyDecorator)(Wrong.prototype, 'send'),
      'Wrong.send',
      '@OnTransfer()',
    ],
    ['an accessor', () => OnMismatch()(Wrong.prototype, 'look', accessor as never), 'Wrong.look', '@OnMismatch()'],
    ['a class', () => (OnPayment() as unknown as ClassDecorator)(Wrong), 'Wrong', '@OnPayment()'],
  ])('%s is refused', (_what, decorate, field, decorator) => {
    let error: Pass2PayConfigError | undefined;
    try {
      decorate();
    } catch (thrown) {
      error = thrown as Pass2PayConfigError;
    }
    expect(error?.issues).toEqual([
      {
        field,
        message: `${field} is not an instance method, and ${decorator} supports only instance methods: write it as a method of the class, not as a static method or a property with a function`,
      },
    ]);
    expect(handlersOfPrototype(Wrong.prototype).size).toBe(0);
  });
});

class Wrong {
  static ship() {}
}
