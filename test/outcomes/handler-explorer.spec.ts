import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';
import { OnMismatch, OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { HandlerExplorer } from '../../lib/outcomes/handler-explorer.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { Application, type Wrapper } from './support/explored.js';

class Shop {
  static calls: unknown[] = [];
  constructor(readonly name = 'shop') {}

  @OnPayment(OrderState.Success, OrderState.Refunded)
  ship(...given: unknown[]) {
    Shop.calls.push([this.name, ...given]);
    return 'shipped';
  }

  @OnPayment()
  file() {}

  @OnPayment(OrderState.Success, { after: 'commit' })
  mail() {}

  @OnTransfer(TransferState.Success)
  payOut() {}
}

class Desk {
  @OnMismatch()
  look() {}
}

const namesOf = (handlers: readonly { name: string }[]) => handlers.map(({ name }) => name);

beforeEach(() => {
  Shop.calls = [];
  logged.length = 0;
  Logger.overrideLogger(recordingLogger);
});

describe('the handlers of a state', () => {
  const { explorer } = new Application().add([{ instance: new Desk() }], [{ instance: new Shop() }]);

  it.each<[Parameters<HandlerExplorer['forState']>, string[]]>([
    [
      ['payment', OrderState.Success],
      ['Shop.ship', 'Shop.file'],
    ],
    [
      ['payment', OrderState.Refunded],
      ['Shop.ship', 'Shop.file'],
    ],
    [['payment', OrderState.Closed], ['Shop.file']],
    [['payment', OrderState.Success, 'commit'], ['Shop.mail']],
    [['payment', OrderState.Closed, 'commit'], []],
    [['transfer', TransferState.Success], ['Shop.payOut']],
    [['transfer', TransferState.Failed], []],
    [['transfer', TransferState.Success, 'commit'], []],
  ])('%j: %j', (asked, names) => {
    expect(namesOf(explorer.forState(...asked))).toEqual(names);
    expect(explorer.forState(...asked)).toBe(explorer.forState(...asked));
  });

  it('are those of its kind', () => {
    expect(namesOf(explorer.ofKind('payment'))).toEqual(['Shop.ship', 'Shop.file', 'Shop.mail']);
    expect(namesOf(explorer.ofKind('transfer'))).toEqual(['Shop.payOut']);
    expect(namesOf(explorer.ofKind('mismatch'))).toEqual(['Desk.look']);
    expect([...explorer.afterCommit.keys()]).toEqual(['Shop.mail']);
  });
});

describe('a handler', () => {
  it('is called on the instance that its provider has by then, and returns what the method does', () => {
    const wrapper: Wrapper = { instance: new Shop('at the start') };
    const { explorer } = new Application().add([wrapper]);
    const [ship] = explorer.forState('payment', OrderState.Refunded);
    wrapper.instance = new Shop('replaced');
    expect(ship!.handle('outcome', 'tx')).toBe('shipped');
    expect(Shop.calls).toEqual([['replaced', 'outcome', 'tx']]);
  });

  it('is there once, however many providers share the instance', () => {
    const instance = new Desk();
    const { explorer } = new Application().add([{ instance }, { instance }]).add([], [{ instance }]);
    expect(explorer.ofKind('mismatch')).toHaveLength(1);
  });

  it('runs after the commit if one of its decorators says so', () => {
    class Ledger {
      @OnTransfer()
      @OnPayment({ after: 'commit' })
      write() {}
    }
    const { explorer } = new Application().add([{ instance: new Ledger() }]);
    expect([...explorer.afterCommit.keys()]).toEqual(['Ledger.write']);
    expect(namesOf(explorer.forState('payment', OrderState.Success, 'commit'))).toEqual(['Ledger.write']);
    expect(namesOf(explorer.forState('transfer', TransferState.Success))).toEqual(['Ledger.write']);
  });

  it('is none of an application without modules', () => {
    expect(new Application().explorer.ofKind('payment')).toEqual([]);
  });

  it.each([undefined, null, 7, 'text'])('is none of a provider whose value is %s', (instance) => {
    const { explorer } = new Application().add([{ instance, metatype: Desk }]);
    expect(explorer.ofKind('mismatch')).toEqual([]);
  });
});

describe('what would be called more than once, or never, is refused', () => {
  const issuesOf = (application: Application) => {
    try {
      application.explorer.onApplicationBootstrap();
    } catch (error) {
      return (error as Pass2PayConfigError).issues;
    }
    return [];
  };

  it.each<[string, Wrapper]>([
    ['a transient provider', { isTransient: true, metatype: Desk }],
    ['a request-scoped one', { isRequestScoped: true, metatype: Desk }],
  ])('%s', (_what, wrapper) => {
    expect(issuesOf(new Application().add([wrapper]))).toEqual([
      {
        field: 'Desk.look',
        message:
          'Desk.look handles outcomes, but its provider is request-scoped or transient, and outcomes do not belong to a request; move the method to a provider of default scope',
      },
    ]);
  });

  it('but not a request-scoped factory, whose class is not known', () => {
    expect(issuesOf(new Application().add([{ isRequestScoped: true, metatype: undefined }]))).toEqual([]);
  });

  it('a class that is provided in two modules', () => {
    const application = new Application()
      .add([{ instance: new Desk(), host: { name: 'OrdersModule' } }])
      .add([{ instance: new Desk() }]);
    expect(issuesOf(application)).toEqual([
      {
        field: 'Desk',
        message:
          'Desk handles outcomes and is provided 2 times, in OrdersModule and a module, so each outcome would be handled 2 times. Provide it in one module, export it there and import that module elsewhere; to provide it under another token, use useExisting',
      },
    ]);
  });

  const named = (name: string, after?: 'commit') => {
    class Handler {
      @OnPayment(...((after ? [{ after }] : []) as []))
      send() {}
    }
    Object.defineProperty(Handler, 'name', { value: name });
    return { instance: new Handler() };
  };

  it.each([
    [200, []],
    [201, ['and its class and method names together have more than 200 characters; shorten them']],
  ])('a name of %i characters that is to be stored: %j', (length, ends) => {
    const name = 'N'.repeat(length - '.send'.length);
    const issues = issuesOf(new Application().add([named(name, 'commit')]));
    expect(issues.map(({ field }) => field)).toEqual(ends.map(() => `${name}.send`));
    expect(issues.map(({ message }) => message)).toEqual(
      ends.map((end) => `${name}.send runs after the commit, ${end}`),
    );
    expect(issuesOf(new Application().add([named(name)]))).toEqual([]);
  });

  it('two classes of one name, if their work is to be stored by it', () => {
    expect(issuesOf(new Application().add([named('Mail', 'commit'), named('Mail', 'commit')]))).toEqual([
      {
        field: 'Mail.send',
        message:
          'Mail.send runs after the commit, and 2 classes have this name and method, so pending work could not be assigned to one of them. Rename one of the classes',
      },
    ]);
    expect(issuesOf(new Application().add([named('Mail'), named('Mail')]))).toEqual([]);
    expect(issuesOf(new Application().add([named('Mail', 'commit'), named('Mail')]))).toEqual([]);
    expect(issuesOf(new Application().add([named('Mail', 'commit'), named('Post', 'commit')]))).toEqual([]);
  });
});

describe('at the start', () => {
  class Unprovided {
    @OnPayment()
    one() {}
    @OnPayment()
    other() {}
  }
  const warnings = () => logged.filter((line) => line.includes(Unprovided.name));

  it('a class that is no provider is named once, with its methods', () => {
    const { explorer } = new Application().add([{ instance: new Shop() }]);
    explorer.onApplicationBootstrap();
    expect(warnings()).toEqual([
      expect.stringContaining(
        'Unprovided.one, Unprovided.other: decorated as outcome handlers but never called, because Unprovided is not a provider of default scope in this application. Add it to the providers of a module. If a lazily loaded module provides it, it is called once that module is loaded. Pass2PayOutcome',
      ),
    ]);
    expect(logged.filter((line) => line.includes('Shop.'))).toEqual([]);
    explorer.onApplicationBootstrap();
    expect(warnings()).toHaveLength(1);
  });
});

describe('a module that is loaded later', () => {
  it('has its handlers found, before and after the start', () => {
    const application = new Application().add([{ instance: new Shop() }]);
    expect(application.explorer.ofKind('mismatch')).toEqual([]);
    application.add([{ instance: new Desk() }]);
    expect(application.explorer.ofKind('mismatch')).toHaveLength(1);
    application.explorer.onApplicationBootstrap();
    expect(application.explorer.forState('payment', OrderState.Refunded)).toHaveLength(2);
    class Returns {
      @OnPayment(OrderState.Refunded)
      takeBack() {}
    }
    application.add([{ instance: new Returns() }]);
    expect(namesOf(application.explorer.forState('payment', OrderState.Refunded))).toEqual([
      'Shop.ship',
      'Shop.file',
      'Returns.takeBack',
    ]);
  });

  it.each([undefined, null])('is looked at again until its factories have returned (%s)', (notYet) => {
    const application = new Application().add([{ instance: new Shop() }, { inject: [], instance: notYet }]);
    application.explorer.onApplicationBootstrap();
    const factory: Wrapper = { inject: [], instance: notYet };
    application.add([{ instance: new Shop('another').name }, factory]);
    expect(application.explorer.ofKind('mismatch')).toEqual([]);
    factory.instance = new Desk();
    expect(application.explorer.ofKind('mismatch')).toHaveLength(1);
  });

  it('is not looked at again once it is whole', () => {
    const application = new Application().add([]);
    application.explorer.onApplicationBootstrap();
    const value: Wrapper = { instance: undefined };
    application.add([value, { inject: [], instance: new Shop() }]);
    expect(application.explorer.ofKind('mismatch')).toEqual([]);
    value.instance = new Desk();
    expect(application.explorer.ofKind('mismatch')).toEqual([]);
  });

  it('is looked at whole at the start, whatever a factory has returned by then', () => {
    const factory: Wrapper = { inject: [], instance: undefined };
    const application = new Application().add([factory]);
    application.explorer.onApplicationBootstrap();
    factory.instance = new Desk();
    expect(application.explorer.ofKind('mismatch')).toEqual([]);
  });
});
