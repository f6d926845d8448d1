import { Logger } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PayApiError, Pass2PayTimeoutError } from '../../lib/errors/pass2pay.errors.js';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import type { MerchantOptions } from '../../lib/merchants/merchant.js';
import { DueOrders, type Finding, type TakeDue } from '../../lib/outcomes/due-orders.js';
import type { KnownEvents } from '../../lib/outcomes/known-events.js';
import { NoReports } from '../../lib/outcomes/outcome-report.js';
import type { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import type { OutcomeEvent, ProcessResult } from '../../lib/outcomes/outcome.js';
import { outcomesOptions, type OutcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import type { NamedOrder } from '../../lib/outcomes/read-merchant-orders.js';
import { Reconciler } from '../../lib/outcomes/reconciler.js';
import type { PaymentQuery } from '../../lib/payments/payment-query.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import type { TransferQuery } from '../../lib/transfers/transfer-query.js';
import { UnsignedLimit } from '../../lib/verification/unsigned-limit.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';
import { paymentEvent, transferEvent } from './support/events.js';

const NOT_FOUND = new Pass2PayApiError(9999, '订单不存在', 'There is no such order.', {});

/** Due orders as a test lists them, and what became of them. */
class Book extends DueOrders {
  override areThere = true;
  override atOnce = 4;
  due: (NamedOrder | Error)[] = [];
  /** How many each take asked for. */
  readonly asked: number[] = [];
  readonly settled: [string, Finding['result'], string | undefined][] = [];
  readonly noted = new Set<string>();
  isStopped = false;
  /** Numbers whose turn goes to another process. */
  readonly left = new Set<string>();
  neverMade = new Set<string>();
  settleError: Error | undefined;
  takeNamed = async ({ kind, mchOrderNo }: { kind: NamedOrder['kind']; mchOrderNo: string }) =>
    ({ kind, mchOrderNo }) as NamedOrder | undefined;

  override sweep(): TakeDue {
    return async (most) => {
      this.asked.push(most);
      return this.due.splice(0, most);
    };
  }
  override async turn({ mchOrderNo }: NamedOrder) {
    return !this.isStopped && !this.left.has(mchOrderNo);
  }
  override async noteAttention({ mchOrderNo }: { mchOrderNo: string }) {
    const isNew = !this.noted.has(mchOrderNo);
    this.noted.add(mchOrderNo);
    return isNew;
  }
  override async settle({ mchOrderNo }: NamedOrder, { result }: Finding, identity?: { mchNo: string }) {
    if (this.settleError !== undefined) throw this.settleError;
    this.settled.push([mchOrderNo, result, identity?.mchNo]);
    return this.neverMade.has(mchOrderNo) ? ('never-made' as const) : undefined;
  }
  override stop() {
    this.isStopped = true;
  }
}

const payment = (mchOrderNo: string): NamedOrder => ({ kind: 'payment', mchOrderNo });
const transfer = (mchOrderNo: string): NamedOrder => ({ kind: 'transfer', mchOrderNo });

const OTHER = { mchNo: 'M2', appId: 'A2', secrets: MERCHANT.secrets };

function openDesk(reconcile: OutcomesOptions['reconcile'] = {}, merchants: readonly MerchantOptions[] = [MERCHANT]) {
  const book = new Book();
  /** What the gateway says to a query; paid, and arrived, by default. */
  const answers = new Map<string, unknown>();
  const queried: [string, unknown][] = [];
  const answer = async (fallback: OutcomeEvent, { mchOrderNo }: { mchOrderNo: string }, options: unknown) => {
    queried.push([mchOrderNo, options]);
    const given = await answers.get(mchOrderNo);
    if (given instanceof Error) throw given;
    return given ?? fallback.data;
  };
  const payments = {
    find: (ref: { mchOrderNo: string }, options: unknown) =>
      answer(paymentEvent({ mchOrderNo: ref.mchOrderNo }), ref, options),
  };
  const transfers = {
    find: (ref: { mchOrderNo: string }, options: unknown) =>
      answer(transferEvent({ mchOrderNo: ref.mchOrderNo }), ref, options),
  };
  const processed: OutcomeEvent[] = [];
  const outcomes = {
    result: async (): Promise<ProcessResult> => 'applied',
    processEvent(event: OutcomeEvent): Promise<ProcessResult> {
      processed.push(event);
      return this.result();
    },
  };
  const known = { value: 'new', classify: async () => known.value };
  const reconciler = new Reconciler(
    book,
    payments as unknown as PaymentQuery,
    transfers as unknown as TransferQuery,
    outcomes as unknown as OutcomeProcessor,
    new MerchantDirectory(merchants),
    new UnsignedLimit(30),
    known as unknown as KnownEvents,
    new NoReports(),
    outcomesOptions.resolve({ reconcile }),
  );
  const numbers = () => processed.map(({ data }) => data.mchOrderNo);
  return { book, answers, queried, processed, numbers, outcomes, known, reconciler };
}

beforeEach(() => {
  logged.length = 0;
  Logger.overrideLogger(recordingLogger);
});

describe('a sweep', () => {
  it('queries what is due for its app, and processes what has ended', async () => {
    const { book, queried, processed, reconciler } = openDesk();
    book.due = [payment('O1'), { ...transfer('T1'), merchant: { mchNo: 'M1', appId: 'A1' } }];
    await reconciler.sweep();
    expect(queried).toEqual([
      ['O1', { merchant: { mchNo: 'M1', appId: 'A1' } }],
      ['T1', { merchant: { mchNo: 'M1', appId: 'A1' } }],
    ]);
    expect(processed).toEqual([
      paymentEvent({ mchOrderNo: 'O1' }, 'query'),
      transferEvent({ mchOrderNo: 'T1' }, 'query'),
    ]);
    expect(book.settled).toEqual([
      ['O1', 'applied', 'M1'],
      ['T1', 'applied', 'M1'],
    ]);
    expect(reconciler.stats).toEqual({
      asked: 2,
      missedByNotify: 2,
      notFound: 0,
      neverMade: 0,
      failed: 0,
      needsAttention: 0,
    });
  });

  it('processes nothing of orders that have not ended, that the gateway does not know, or that were applied', async () => {
    const { book, answers, known, processed, reconciler } = openDesk();
    answers.set('open', paymentEvent({ mchOrderNo: 'open', state: OrderState.Paying }).data);
    answers.set('on its way', transferEvent({ mchOrderNo: 'on its way', state: TransferState.Processing }).data);
    answers.set('nobody’s', NOT_FOUND);
    book.due = [payment('open'), transfer('on its way'), payment('nobody’s')];
    await reconciler.sweep();
    known.value = 'stale';
    book.due = [payment('old')];
    await reconciler.sweep();
    expect(processed).toEqual([]);
    expect(book.settled.map(([number, result]) => [number, result])).toEqual([
      ['open', 'pending'],
      ['on its way', 'pending'],
      ['nobody’s', 'not-found'],
      ['old', 'stale'],
    ]);
    expect(reconciler.stats).toMatchObject({ asked: 4, missedByNotify: 0, notFound: 1, failed: 0 });
  });

  it('counts an order of which the book says that it was never made', async () => {
    const { book, answers, reconciler } = openDesk();
    answers.set('O1', NOT_FOUND);
    book.neverMade.add('O1');
    book.due = [payment('O1')];
    await reconciler.sweep();
    expect(reconciler.stats).toMatchObject({ notFound: 0, neverMade: 1 });
  });

  it('takes its batch, and no more', async () => {
    const { book, queried, reconciler } = openDesk({ batchSize: 5 });
    book.due = Array.from({ length: 20 }, (_, i) => payment(`O${i}`));
    await reconciler.sweep();
    expect(queried).toHaveLength(5);
    expect(book.asked.every((most) => most >= 1 && most <= 4)).toBe(true);
    expect(book.asked[0]).toBe(4);
    expect(book.due).toHaveLength(15);
  });

  it('has at most as many queries under way as the book allows', async () => {
    const { book, answers, queried, reconciler } = openDesk();
    const ends: (() => void)[] = [];
    book.due = Array.from({ length: 6 }, (_, i) => payment(`O${i}`));
    for (const { mchOrderNo } of book.due as NamedOrder[]) {
      answers.set(mchOrderNo, new Promise<void>((resolve) => ends.push(resolve)));
    }
    const sweep = reconciler.sweep();
    await turn();
    expect(queried).toHaveLength(4);
    ends[0]!();
    await turn();
    expect(queried).toHaveLength(4);
    ends[1]!();
    await turn();
    // A take asks for as many as there is room for, once half of them have ended.
    expect(queried).toHaveLength(6);
    expect(book.asked.slice(0, 2)).toEqual([4, 2]);
    for (const end of ends) end();
    await sweep;
  });

  it('reports an entry that cannot be read, which takes no place of the batch', async () => {
    const { book, queried, reconciler } = openDesk({ batchSize: 2 });
    book.due = [new Error('no mchOrderNo'), payment('O1'), payment('O2'), payment('O3')];
    await reconciler.sweep();
    expect(queried.map(([number]) => number)).toEqual(['O1', 'O2']);
    expect(reconciler.stats).toMatchObject({ asked: 2, failed: 1 });
    expect(logged).toEqual([
      expect.stringMatching(/^An order cannot be reconciled: no mchOrderNo .*Pass2PayReconciler$/),
    ]);
  });

  it('leaves an order to the process whose turn it is', async () => {
    const { book, queried, reconciler } = openDesk();
    book.left.add('O1');
    book.due = [payment('O1'), payment('O2')];
    await reconciler.sweep();
    expect(queried.map(([number]) => number)).toEqual(['O2']);
    expect(book.settled.map(([number]) => number)).toEqual(['O2']);
  });

  it('processes one event at a time, however many queries are answered at once', async () => {
    const { book, outcomes, numbers, reconciler } = openDesk();
    let end!: (result: ProcessResult) => void;
    outcomes.result = () => new Promise((resolve) => (end = resolve));
    book.due = [payment('O1'), payment('O2')];
    const sweep = reconciler.sweep();
    await turn();
    expect(numbers()).toEqual(['O1']);
    outcomes.result = async () => 'applied';
    end('applied');
    await sweep;
    expect(numbers()).toEqual(['O1', 'O2']);
  });

  it('goes on after an event that fails', async () => {
    const { book, outcomes, numbers, reconciler } = openDesk();
    let isFirst = true;
    outcomes.result = async () => {
      if (!isFirst) return 'applied';
      isFirst = false;
      throw new Error('no stock');
    };
    book.due = [payment('O1'), payment('O2')];
    await reconciler.sweep();
    expect(numbers()).toEqual(['O1', 'O2']);
    expect(book.settled).toHaveLength(2);
    expect(book.settled).toEqual(
      expect.arrayContaining([
        ['O1', 'failed', undefined],
        ['O2', 'applied', 'M1'],
      ]),
    );
    expect(logged).toEqual([
      expect.stringContaining('payment:M1:o1 could not be reconciled and will be retried: no stock'),
    ]);
  });

  it('names the order that could not be queried, and keeps its next check', async () => {
    const { book, answers, reconciler } = openDesk();
    const late = new Pass2PayTimeoutError(1_000, {});
    answers.set('O1', late).set('O2', late);
    book.due = [payment('O1'), { ...payment('O2'), merchant: { mchNo: 'M1', appId: 'A1' } }];
    await reconciler.sweep();
    expect(book.settled.map(([number, result]) => [number, result])).toEqual([
      ['O1', 'failed'],
      ['O2', 'failed'],
    ]);
    expect(logged.map((line) => line.slice(0, line.indexOf(':', 'payment:M1:'.length)))).toEqual([
      'payment:M1:o1 could not be reconciled and will be retried',
      'payment:M1:o2 could not be reconciled and will be retried',
    ]);
    expect(reconciler.stats).toMatchObject({ asked: 2, failed: 2, notFound: 0 });
  });

  it('says where the next check could not be kept', async () => {
    const { book, answers, reconciler } = openDesk();
    answers.set('O1', new Pass2PayTimeoutError(1_000, {}));
    book.due = [payment('O1')];
    book.settleError = new Error('database down');
    await reconciler.sweep();
    expect(logged.at(-1)).toContain('The next check of payment:M1:o1 could not be stored: database down');
  });

  it('is one at a time, and the next one is a new one', async () => {
    const { book, queried, reconciler } = openDesk();
    book.due = [payment('O1')];
    await Promise.all([reconciler.sweep(), reconciler.sweep()]);
    book.due = [payment('O2')];
    await reconciler.sweep();
    expect(queried.map(([number]) => number)).toEqual(['O1', 'O2']);
    // Two takes each: the second finds nothing more, while the query of the first runs.
    expect(book.asked).toEqual([4, 3, 4, 3]);
  });

  it('waits for its last queries', async () => {
    const { book, answers, reconciler } = openDesk();
    let end!: () => void;
    answers.set('O1', new Promise<void>((resolve) => (end = resolve)));
    book.due = [payment('O1')];
    let hasEnded = false;
    const sweep = reconciler.sweep().then(() => (hasEnded = true));
    await turn();
    expect(hasEnded).toBe(false);
    end();
    await sweep;
    expect(book.settled).toHaveLength(1);
  });
});

describe('a transfer that needs attention', () => {
  it('is processed by nobody, and reported once', async () => {
    const { book, answers, processed, reconciler } = openDesk();
    const data = transferEvent({ mchOrderNo: 'T1', state: TransferState.Created, needsAttention: true }).data;
    answers.set('T1', data);
    expect(await reconciler.reconcileNow('T1', { kind: 'transfer' })).toBe('needs-attention');
    expect(await reconciler.reconcileNow('T1', { kind: 'transfer' })).toBe('needs-attention');
    expect(processed).toEqual([]);
    expect(book.settled.map(([, result]) => result)).toEqual(['needs-attention', 'needs-attention']);
    expect(reconciler.stats).toMatchObject({ asked: 2, needsAttention: 1 });
    expect(logged).toEqual([
      expect.stringContaining(
        'transfer T1 of merchant M1 is stored at the gateway although its channel failed: it does not continue by itself, and no notify follows. Ask Pass2Pay about the money before you transfer it again.',
      ),
    ]);
  });
});

describe('an order that an operator asks about', () => {
  it('is a payment unless a transfer is meant, of the app that is named', async () => {
    const { queried, processed, reconciler } = openDesk();
    expect(await reconciler.reconcileNow('O1', { merchant: { mchNo: 'M1', appId: 'A1' } })).toBe('applied');
    expect(queried).toEqual([['O1', { merchant: { mchNo: 'M1', appId: 'A1' } }]]);
    expect(processed[0]!.kind).toBe('payment');
  });

  it('is one of the merchant that is named', async () => {
    const { queried, reconciler } = openDesk({}, [MERCHANT, OTHER]);
    await reconciler.reconcileNow('O1', { merchant: { appId: 'A2' } });
    expect(queried).toEqual([['O1', { merchant: { mchNo: 'M2', appId: 'A2' } }]]);
    await expect(reconciler.reconcileNow('O1')).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
  });

  it('throws what the gateway, the handlers and the merchant’s orders say', async () => {
    const { answers, outcomes, reconciler } = openDesk();
    answers.set('late', new Pass2PayTimeoutError(1_000, {}));
    await expect(reconciler.reconcileNow('late')).rejects.toThrow(Pass2PayTimeoutError);
    answers.set('refused', new Pass2PayApiError(9999, '商户不存在', '', {}));
    await expect(reconciler.reconcileNow('refused')).rejects.toThrow(Pass2PayApiError);
    outcomes.result = async () => 'unknown-order';
    await expect(reconciler.reconcileNow('nobody’s')).rejects.toMatchObject({
      status: 503,
      message: 'No merchant order found for payment nobody’s of merchant M1.',
    });
    expect(reconciler.stats).toMatchObject({ asked: 3, missedByNotify: 0, failed: 0 });
  });

  it('is not settled where the merchant does not know it', async () => {
    const { book, outcomes, reconciler } = openDesk();
    outcomes.result = async () => 'unknown-order';
    await reconciler.reconcileNow('O1').catch(() => {});
    expect(book.settled).toEqual([]);
  });
});

describe('an event that is counted', () => {
  it.each([
    ['query', 'applied', 1],
    ['query', 'duplicate', 0],
    ['notify', 'applied', 0],
  ] as const)('from a %s and %s: %i missed by notifies', (source, result, missed) => {
    const { reconciler } = openDesk();
    reconciler.count(paymentEvent({}, source), result);
    expect(reconciler.stats.missedByNotify).toBe(missed);
  });

  it('does not change figures that were read before', () => {
    const { reconciler } = openDesk();
    const { stats } = reconciler;
    reconciler.count(paymentEvent({}, 'query'), 'applied');
    expect(stats.missedByNotify).toBe(0);
  });
});

describe('an order that a notify names', () => {
  const named = (mchOrderNo: string) => ({ kind: 'payment' as const, mchNo: 'M1', appId: 'A1', mchOrderNo });

  it('is queried at once if the book has it pending', async () => {
    const { book, queried, reconciler } = openDesk();
    reconciler.lookAtSoon(named('O1'));
    await turn();
    expect(queried.map(([number]) => number)).toEqual(['O1']);
    expect(book.settled).toEqual([['O1', 'applied', 'M1']]);
  });

  it('is left alone otherwise', async () => {
    const { book, queried, reconciler } = openDesk();
    book.takeNamed = async () => undefined;
    reconciler.lookAtSoon(named('O1'));
    await turn();
    expect(queried).toEqual([]);
  });

  it('does not keep the next one from its query where the book fails', async () => {
    const { book, queried, reconciler } = openDesk();
    const take = book.takeNamed;
    book.takeNamed = async () => {
      book.takeNamed = take;
      throw new Error('database down');
    };
    reconciler.lookAtSoon(named('O1'));
    reconciler.lookAtSoon(named('O2'));
    await turn();
    expect(queried.map(([number]) => number)).toEqual(['O2']);
    expect(reconciler.stats).toMatchObject({ failed: 1 });
    expect(logged).toEqual([
      expect.stringContaining(
        'payment:M1:o1, which is named in an unverified notify, could not be reconciled: database down',
      ),
    ]);
    reconciler.lookAtSoon(named('O3'));
    await turn();
    expect(queried.map(([number]) => number)).toEqual(['O2', 'O3']);
  });

  it('is queried before what the sweep under way takes next, and after the sweep at the latest', async () => {
    const { book, answers, queried, reconciler } = openDesk();
    book.atOnce = 1;
    let end!: () => void;
    answers.set('O1', new Promise<void>((resolve) => (end = resolve)));
    book.due = [payment('O1'), payment('O2')];
    const sweep = reconciler.sweep();
    await turn();
    reconciler.lookAtSoon(named('O3'));
    await turn();
    expect(queried.map(([number]) => number)).toEqual(['O1']);
    end();
    await sweep;
    expect(queried.map(([number]) => number)).toEqual(['O1', 'O3', 'O2']);
    const late = reconciler.sweep();
    reconciler.lookAtSoon(named('O4'));
    await late;
    await turn();
    expect(queried.at(-1)![0]).toBe('O4');
  });
});

describe('an application that shuts down', () => {
  it('queries nothing more, and waits for what is under way', async () => {
    const { book, answers, queried, reconciler } = openDesk();
    book.atOnce = 1;
    let end!: () => void;
    answers.set('O1', new Promise<void>((resolve) => (end = resolve)));
    book.due = [payment('O1'), payment('O2'), payment('O3')];
    const sweep = reconciler.sweep();
    await turn();
    let hasStopped = false;
    const stop = reconciler.stop().then(() => (hasStopped = true));
    await turn();
    expect(hasStopped).toBe(false);
    end();
    await Promise.all([stop, sweep]);
    expect(queried.map(([number]) => number)).toEqual(['O1']);
    expect(book.settled.map(([number]) => number)).toEqual(['O1']);
    expect(book.due).toEqual([payment('O3')]);
    reconciler.lookAtSoon({ kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O4' });
    await turn();
    expect(queried).toHaveLength(1);
  });

  it('stops although its sweep fails', async () => {
    const { book, reconciler } = openDesk();
    book.sweep = () => async () => {
      throw new Error('database down');
    };
    const sweep = reconciler.sweep();
    await reconciler.stop();
    await expect(sweep).rejects.toThrow('database down');
  });
});

describe('a report', () => {
  it('is made of a period that is one, from the database', async () => {
    const { reconciler } = openDesk();
    const [from, to] = [new Date(0), new Date(1)];
    await expect(reconciler.report({ from: to, to: from })).rejects.toMatchObject({ code: 'PASS2PAY_VALIDATION' });
    await expect(reconciler.report({ from, to })).rejects.toMatchObject({ code: 'PASS2PAY_CONFIG' });
  });
});

describe('the reconciler works by itself', () => {
  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('with orders %s and enabled %s: %s', async (areThere, enabled, isEnabled) => {
    const { book, queried, reconciler } = openDesk({ enabled });
    book.areThere = areThere;
    expect(reconciler.isEnabled).toBe(isEnabled);
    reconciler.lookAtSoon({ kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' });
    await turn();
    expect(queried).toHaveLength(isEnabled ? 1 : 0);
  });
});
