import { describe, expect, it } from '@jest/globals';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { OutcomesOptions, outcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import { issuesOf } from '../../lib/validation/issues.js';

const messagesOf = (given: object) =>
  issuesOf(Object.assign(new OutcomesOptions(), given)).map(({ message }) => message);

const queue = { add: async () => {}, start: async () => {}, close: async () => {} };

describe('options of outcomes', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['ports', { merchantOrders: { find: async () => null }, inbox: new MemoryInbox(), outcomeQueue: queue }],
    [
      'the least',
      {
        outcomes: { leaseMs: 100, busyWaitMs: 0 },
        reconcile: { afterMs: 0, everyMs: 10, maxDelayMs: 10, perMinute: 1, batchSize: 1, recheckPaidDays: 0 },
      },
    ],
    [
      'the most',
      {
        outcomes: { leaseMs: 3_600_000, busyWaitMs: 19_000 },
        reconcile: {
          enabled: false,
          afterMs: 86_400_000,
          everyMs: 86_400_000,
          maxDelayMs: 86_400_000,
          perMinute: 100_000,
          batchSize: 100_000,
          recheckPaidDays: 3_650,
        },
      },
    ],
  ])('may be %s', (_what, given) => {
    expect(messagesOf(given)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ merchantOrders: {} }, 'merchantOrders must be an object with the method find'],
    [{ inbox: { ...queue } }, 'inbox must be an object with the methods recall, claim, renew, complete, release'],
    [{ outcomeQueue: {} }, 'outcomeQueue must be an object with the methods add, start, close'],
    [{ outcomes: { leaseMs: 99 } }, 'outcomes has a member leaseMs that '],
    [{ outcomes: { busyWaitMs: 19_001 } }, 'outcomes has a member busyWaitMs that '],
    [{ reconcile: 5 }, 'reconcile must be an object, e.g. { everyMs: 60000 }'],
    [{ reconcile: { enabled: 'no' } }, 'reconcile has a member enabled that must be true or false'],
    [
      { reconcile: { every: 5 } },
      'reconcile has the unknown member every; known are afterMs, everyMs, maxDelayMs, perMinute, batchSize, recheckPaidDays',
    ],
    [{ reconcile: { afterMs: -1 } }, 'reconcile has a member afterMs that '],
    [{ reconcile: { everyMs: 9 } }, 'reconcile has a member everyMs that '],
    [{ reconcile: { maxDelayMs: 86_400_001 } }, 'reconcile has a member maxDelayMs that '],
    [{ reconcile: { perMinute: 0 } }, 'reconcile has a member perMinute that '],
    [{ reconcile: { batchSize: 1.5 } }, 'reconcile has a member batchSize that '],
    [{ reconcile: { recheckPaidDays: 3_651 } }, 'reconcile has a member recheckPaidDays that '],
  ])('must not be %j', (given, message) => {
    expect(messagesOf(given)).toEqual([expect.stringContaining(message)]);
  });

  it('have defaults, also for members that are undefined', () => {
    const { outcomes, reconcile } = outcomesOptions.resolve({
      outcomes: { leaseMs: 1_000, busyWaitMs: undefined as never },
      reconcile: { perMinute: 60, enabled: undefined as never },
    });
    expect(outcomes).toEqual({ leaseMs: 1_000, busyWaitMs: 15_000 });
    expect(reconcile).toEqual({
      enabled: true,
      afterMs: 540_000,
      everyMs: 60_000,
      maxDelayMs: 3_600_000,
      perMinute: 60,
      batchSize: 500,
      recheckPaidDays: 0,
    });
  });
});
