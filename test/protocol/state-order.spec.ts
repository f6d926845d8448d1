import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  classify,
  documentedStates,
  endStates,
  gatewayStateAfter,
  isDocumentedState,
  isFinalState,
  isPaidState,
  isRefund,
  isSuccess,
  isUnpaidEnd,
  unpaidBefore,
  type OrderKind,
} from '../../lib/protocol/state-order.js';
import { ORDER_STATES } from '../../lib/protocol/order-state.js';
import { TRANSFER_STATES } from '../../lib/protocol/transfer-state.js';

/** The order of states as the protocol has it: each set is further than the ones before it. */
const STEPS = { payment: [[0], [1], [3, 4, 6], [2], [5]], transfer: [[0], [1], [3, 4], [2]] };
const STATES = { payment: ORDER_STATES as readonly number[], transfer: TRANSFER_STATES as readonly number[] };
const UNPAID = { payment: [3, 4, 6], transfer: [3, 4] };
const SUCCESS = 2;

const step = (kind: OrderKind, state: number) => STEPS[kind].findIndex((states) => states.includes(state));

const aKind = fc.constantFrom<OrderKind>('payment', 'transfer');
const aKindWith = <T>(of: (state: fc.Arbitrary<number>) => fc.Arbitrary<T>) =>
  aKind.chain((kind) => of(fc.constantFrom(...STATES[kind])).map((rest) => ({ kind, rest })));
const maybe = (state: fc.Arbitrary<number>) => fc.option(state, { nil: undefined });

describe('the order of states', () => {
  it('knows the documented states and no others', () => {
    fc.assert(
      fc.property(aKind, fc.integer({ min: -1, max: 999_999 }), (kind, state) => {
        expect(isDocumentedState(kind, state)).toBe(STATES[kind].includes(state));
      }),
    );
    for (const kind of ['payment', 'transfer'] as const) {
      for (const state of STATES[kind]) expect(isDocumentedState(kind, state)).toBe(true);
    }
  });

  it('makes a duplicate of what was applied last, and of nothing else', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.tuple(state, maybe(state), maybe(state))),
        ({ kind, rest: [state, lastApplied, lastState] }) => {
          expect(classify(kind, state, { lastApplied, lastState }) === 'duplicate').toBe(state === lastApplied);
        },
      ),
    );
  });

  it('makes stale what is not further than another state of the inbox or of the port', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.tuple(state, maybe(state), maybe(state))),
        ({ kind, rest: [state, lastApplied, lastState] }) => {
          const isBehind = (known: number | undefined) =>
            known !== undefined && known !== state && step(kind, state) <= step(kind, known);
          const isStale = state !== lastApplied && (isBehind(lastApplied) || isBehind(lastState));
          expect(classify(kind, state, { lastApplied, lastState }) === 'stale').toBe(isStale);
        },
      ),
    );
  });

  it('lets a success overrule 3, 4 and 6 whoever says them, and never 5', () => {
    for (const kind of ['payment', 'transfer'] as const) {
      for (const unpaid of UNPAID[kind]) {
        expect(classify(kind, SUCCESS, { lastApplied: unpaid })).toBe('new');
        expect(classify(kind, SUCCESS, { lastApplied: undefined, lastState: unpaid })).toBe('new');
        expect(classify(kind, unpaid, { lastApplied: SUCCESS })).toBe('stale');
      }
    }
    expect(classify('payment', SUCCESS, { lastApplied: 5 })).toBe('stale');
    expect(classify('payment', SUCCESS, { lastApplied: undefined, lastState: 5 })).toBe('stale');
  });

  it('applies the states of an order in a rising order, each once, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.array(state, { maxLength: 20 })),
        ({ kind, rest: events }) => {
          const applied: number[] = [];
          for (const state of events) {
            if (classify(kind, state, { lastApplied: applied.at(-1) }) === 'new') applied.push(state);
          }
          const steps = applied.map((state) => step(kind, state));
          expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
          const furthest = Math.max(-1, ...events.map((state) => step(kind, state)));
          expect(steps.at(-1) ?? -1).toBe(furthest);
        },
      ),
    );
  });

  it('A4 never makes an undocumented state a duplicate or stale: somebody must look at it', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.tuple(fc.integer({ min: 7, max: 999_999 }), maybe(state), maybe(state))),
        ({ kind, rest: [state, lastApplied, lastState] }) => {
          expect(classify(kind, state, { lastApplied, lastState })).toBe('new');
        },
      ),
    );
  });

  it('calls a success late after any 3, 4 or 6, and no other event', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.tuple(state, fc.array(maybe(state), { maxLength: 4 }))),
        ({ kind, rest: [state, words] }) => {
          const unpaid = words.find((word) => word !== undefined && UNPAID[kind].includes(word));
          expect(unpaidBefore(kind, state, words)).toBe(state === SUCCESS ? unpaid : undefined);
        },
      ),
    );
  });

  it('remembers every 3, 4 or 6 of the gateway until a success is applied, whatever else the gateway says', () => {
    fc.assert(
      fc.property(
        aKindWith((state) => fc.array(state, { minLength: 1, maxLength: 20 })),
        ({ kind, rest: said }) => {
          const remembered = said.reduce<number | undefined>(
            (last, state) => gatewayStateAfter(kind, last, state),
            undefined,
          );
          expect(said).toContain(remembered);
          const isRefunded = said.some((state) => step(kind, state) === STEPS.payment.length - 1);
          const isUnpaidSaid = said.some((state) => UNPAID[kind].includes(state));
          expect(unpaidBefore(kind, SUCCESS, [remembered]) !== undefined).toBe(isUnpaidSaid && !isRefunded);
          expect(gatewayStateAfter(kind, remembered, undefined)).toBe(remembered);
          expect(gatewayStateAfter(kind, undefined, remembered)).toBe(remembered);
        },
      ),
    );
  });

  it.each(['payment', 'transfer'] as const)('knows which states end a %s, and how', (kind) => {
    const states = STATES[kind];
    const those = (holds: (kind: OrderKind, state: number) => boolean) => states.filter((state) => holds(kind, state));
    const isEnd = (state: number) => state > 1;
    expect(new Set(documentedStates(kind))).toEqual(new Set(states));
    expect(new Set(endStates(kind))).toEqual(new Set(states.filter(isEnd)));
    expect(those(isFinalState)).toEqual(states.filter(isEnd));
    expect(those(isUnpaidEnd)).toEqual(UNPAID[kind]);
    expect(those(isSuccess)).toEqual([SUCCESS]);
    expect(those(isRefund)).toEqual(kind === 'payment' ? [5] : []);
    expect(those(isPaidState)).toEqual(kind === 'payment' ? [SUCCESS, 5] : [SUCCESS]);
  });

  it.each(['payment', 'transfer'] as const)('takes an undocumented state for an end of a %s', (kind) => {
    expect([0, 1, 7, 99].map((state) => isFinalState(kind, state))).toEqual([false, false, true, true]);
  });

  it('lets every documented word replace an undocumented one, and not the other way round', () => {
    for (const kind of ['payment', 'transfer'] as const) {
      expect(gatewayStateAfter(kind, 99, 0)).toBe(0);
      expect(gatewayStateAfter(kind, 0, 99)).toBe(0);
    }
  });

  it('keeps the one word of the gateway that there is', () => {
    expect(gatewayStateAfter('payment', undefined, undefined)).toBeUndefined();
    expect(gatewayStateAfter('payment', 6, undefined)).toBe(6);
    expect(gatewayStateAfter('payment', undefined, 0)).toBe(0);
    expect(gatewayStateAfter('payment', 99, undefined)).toBe(99);
    expect(gatewayStateAfter('payment', undefined, 99)).toBe(99);
  });

  it('takes the later word of two that are as far', () => {
    expect(gatewayStateAfter('payment', 3, 6)).toBe(6);
    expect(gatewayStateAfter('payment', 6, 4)).toBe(4);
    expect(gatewayStateAfter('transfer', 4, 3)).toBe(3);
  });
});
