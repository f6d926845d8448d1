import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { OnMismatch, OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { Mismatch } from '../../lib/outcomes/order-matcher.js';
import { OutcomeHandlers } from '../../lib/outcomes/outcome-handlers.js';
import { PaymentOutcome, TransferOutcome, type OutcomeFacts } from '../../lib/outcomes/outcome.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { paymentEvent, transferEvent } from './support/events.js';
import { explored } from './support/explored.js';

const FACTS: OutcomeFacts = { late: true, adopted: false, replayed: false, source: 'query', idempotencyKey: 'key' };

/** What each handler got, by its name. */
let calls: [string, ...unknown[]][];

class Shop {
  @OnPayment(OrderState.Success)
  ship(...given: unknown[]) {
    calls.push(['Shop.ship', ...given]);
  }

  @OnPayment()
  file(...given: unknown[]) {
    calls.push(['Shop.file', ...given]);
  }

  @OnPayment(OrderState.Success, { after: 'commit' })
  mail(...given: unknown[]) {
    calls.push(['Shop.mail', ...given]);
  }
}

class Payroll {
  @OnTransfer(TransferState.Success)
  note(...given: unknown[]) {
    calls.push(['Payroll.note', ...given]);
  }
}

class Desk {
  @OnMismatch()
  look(...given: unknown[]) {
    calls.push(['Desk.look', ...given]);
  }
}

const handlersOf = (...providers: object[]) => new OutcomeHandlers(explored(...providers));
const called = () => calls.map(([name]) => name);

beforeEach(() => {
  calls = [];
  logged.length = 0;
  Logger.overrideLogger(recordingLogger);
});

describe('an outcome', () => {
  it('goes to the handlers of its state in their order, and to none that runs after the commit', async () => {
    const handlers = handlersOf(new Shop(), new Payroll());
    await handlers.handle(paymentEvent(), FACTS);
    await handlers.handle(paymentEvent({ state: OrderState.Closed }), FACTS);
    await handlers.handle(transferEvent(), FACTS);
    expect(called()).toEqual(['Shop.ship', 'Shop.file', 'Shop.file', 'Payroll.note']);
  });

  it('is a PaymentOutcome or a TransferOutcome with the event’s data and the facts, and their only argument', async () => {
    const handlers = handlersOf(new Shop(), new Payroll());
    await handlers.handle(paymentEvent({ state: OrderState.Closed }), FACTS);
    await handlers.handle(transferEvent(), FACTS);
    const [[, payment, ...noTx], [, transfer]] = [calls[0]!, calls[1]!];
    expect(payment).toBeInstanceOf(PaymentOutcome);
    expect(payment).toEqual({ ...paymentEvent({ state: OrderState.Closed }).data, ...FACTS });
    expect(transfer).toBeInstanceOf(TransferOutcome);
    expect(transfer).toEqual({ ...transferEvent().data, ...FACTS });
    expect(noTx).toHaveLength(0);
  });

  it('comes with the transaction where there is one', async () => {
    const tx = {};
    await handlersOf(new Shop()).handle(paymentEvent({ state: OrderState.Closed }), FACTS, tx);
    expect(calls[0]).toHaveLength(3);
    expect(calls[0]![2]).toBe(tx);
  });

  it('goes to one handler alone if it is named', async () => {
    await handlersOf(new Shop()).handle(paymentEvent(), FACTS, undefined, 'Shop.file');
    expect(called()).toEqual(['Shop.file']);
  });

  it('does not go to later handlers when one throws, which the log says', async () => {
    class Broken {
      @OnPayment()
      settle() {
        throw new Error('no stock');
      }
    }
    await expect(handlersOf(new Broken(), new Shop()).handle(paymentEvent(), FACTS)).rejects.toThrow('no stock');
    expect(called()).toEqual([]);
    expect(logged).toEqual([
      expect.stringContaining('Broken.settle failed for payment O1 of merchant M1, state 2: no stock'),
    ]);
  });

  it('goes to a handler after the commit by its name', async () => {
    const outcome = Object.assign(new PaymentOutcome(), paymentEvent().data, FACTS);
    await handlersOf(new Shop()).handleAfterCommit('Shop.mail', outcome);
    expect(calls).toEqual([['Shop.mail', outcome]]);
    expect(calls[0]![1]).toBe(outcome);
  });
});

describe('the names of handlers', () => {
  it('are those of each state, those after the commit last', () => {
    const handlers = handlersOf(new Shop(), new Payroll(), new Desk());
    expect(handlers.names).toEqual(['Shop.ship', 'Shop.file', 'Shop.mail', 'Payroll.note']);
    expect(handlers.namesFor(paymentEvent())).toEqual(['Shop.ship', 'Shop.file', 'Shop.mail']);
    expect(handlers.namesFor(paymentEvent({ state: OrderState.Closed }))).toEqual(['Shop.file']);
    expect(handlers.namesFor(transferEvent())).toEqual(['Payroll.note']);
    expect(handlers.namesAfterCommit(paymentEvent())).toEqual(['Shop.mail']);
    expect(handlers.namesAfterCommit(paymentEvent({ state: OrderState.Closed }))).toEqual([]);
    expect(handlers.allAfterCommit).toEqual(['Shop.mail']);
  });

  it('are listed once, also for a method that handles both payments and transfers', () => {
    class Ledger {
      @OnPayment()
      @OnTransfer()
      write() {}
    }
    expect(handlersOf(new Ledger()).names).toEqual(['Ledger.write']);
  });
});

it.each<[string, boolean, object[]]>([
  ['payments', true, [new Shop()]],
  ['transfers', true, [new Payroll()]],
  ['mismatches alone', false, [new Desk()]],
  ['nothing', false, []],
])('an application with handlers of %s has handlers of outcomes: %s', (_what, areThere, providers) => {
  expect(handlersOf(...providers).areThere).toBe(areThere);
});

it('a handler that runs after the commit is refused where there is no database', () => {
  expect(() => handlersOf(new Payroll(), new Desk()).refuseAfterCommit()).not.toThrow();
  expect(() => handlersOf(new Shop()).refuseAfterCommit()).toThrow(
    expect.objectContaining({
      code: 'PASS2PAY_CONFIG',
      issues: [
        {
          field: 'Shop.mail',
          message:
            "Shop.mail has { after: 'commit' }, which requires a database: set the option database, e.g. pgDatabase(pool) of nestjs-pass2pay/database/pg, or remove { after: 'commit' } and let the handler add a job to your own queue",
        },
      ],
    }),
  );
});

describe('a mismatch', () => {
  const mismatch: Mismatch = {
    event: paymentEvent(),
    reason: 'differs',
    differences: ['amount is 5, not 6', 'currency is cny, not usd'],
  };
  const WHAT =
    "payment O1 of merchant M1 does not match the merchant's order: amount is 5, not 6; currency is cny, not usd";

  it('is logged and goes to its handlers, with the transaction where there is one', async () => {
    const handlers = handlersOf(new Shop(), new Desk());
    const tx = {};
    expect(await handlers.tell(mismatch, 'it is lost.', tx)).toBe(true);
    expect(await handlers.tell(mismatch, 'it is lost.')).toBe(true);
    expect(calls).toStrictEqual([
      ['Desk.look', mismatch, tx],
      ['Desk.look', mismatch],
    ]);
    expect(logged).toEqual([expect.stringContaining(`${WHAT} `), expect.stringContaining(`${WHAT} `)]);
  });

  it('that has none is logged with what happens to it', async () => {
    expect(await handlersOf(new Shop()).tell(mismatch, 'it is lost.')).toBe(false);
    expect(calls).toEqual([]);
    expect(logged).toEqual([expect.stringContaining(`${WHAT}. There is no @OnMismatch handler, so it is lost.`)]);
  });

  it('whose handler throws is not taken', async () => {
    class Broken {
      @OnMismatch()
      look() {
        throw new Error('no table');
      }
    }
    await expect(handlersOf(new Broken()).tell(mismatch, 'it is lost.')).rejects.toThrow('no table');
    expect(logged.at(-1)).toContain('Broken.look failed for payment O1 of merchant M1, state 2: no table');
  });
});
