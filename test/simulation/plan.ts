import fc from 'fast-check';

export const INBOXES = ['memory', 'redis', 'database'] as const;

export type InboxKind = (typeof INBOXES)[number];

const PAYERS = ['pays', 'goes away', 'declines', 'closes, and pays late', 'pays, and is refunded', 'closes'] as const;

const HANDLERS = ['works', 'throws', 'throws at its end', 'is slow', 'loses its lease', 'hangs'] as const;

export type Deed = Plan['deeds'][number];

const DEEDS = ['sweeps', 'crashes', 'stands still', 'clock jumps'] as const;

/** One order: the shop's calls that make it, and what the payer does. Times are in s from the beginning. */
export interface OrderPlan {
  merchant: number;
  number: number;
  calls: readonly { atS: number; process: number }[];
  payer: (typeof PAYERS)[number];
  paysAtS: number;
}

/** What is to happen; whatever it leaves open, the bytes decide. */
export interface Plan {
  processes: number;
  orders: readonly OrderPlan[];
  deeds: readonly { atS: number; process: number; does: (typeof DEEDS)[number]; byS: number }[];
  /** What each run of a handler does, in their order; after the last, all work. */
  handlers: readonly (typeof HANDLERS)[number][];
  /** Whether the shop's own orders tell their `lastState`, where there is no database. */
  tellsLastState: boolean;
  faultRate: number;
  bytes: Uint8Array;
}

const nthProcess = fc.nat({ max: 3 });

const order: fc.Arbitrary<OrderPlan> = fc.record({
  merchant: fc.nat({ max: 1 }),
  number: fc.nat({ max: 1 }),
  calls: fc.array(fc.record({ atS: fc.nat({ max: 120 }), process: nthProcess }), { minLength: 1, maxLength: 2 }),
  payer: fc.constantFrom(...PAYERS),
  paysAtS: fc.nat({ max: 400 }),
});

export const plan: fc.Arbitrary<Plan> = fc.record({
  processes: fc.integer({ min: 1, max: 4 }),
  orders: fc.uniqueArray(order, {
    minLength: 1,
    maxLength: 2,
    selector: ({ merchant, number }) => `${merchant}:${number}`,
  }),
  deeds: fc.array(
    fc.record({
      atS: fc.nat({ max: 600 }),
      process: nthProcess,
      does: fc.constantFrom(...DEEDS),
      byS: fc.oneof(fc.integer({ min: -14, max: 14 }), fc.integer({ min: -300, max: 300 })),
    }),
    { maxLength: 4 },
  ),
  handlers: fc.array(fc.constantFrom(...HANDLERS), { maxLength: 8 }),
  tellsLastState: fc.boolean(),
  faultRate: fc.constantFrom(0, 3, 10),
  bytes: fc.uint8Array({ maxLength: 300, size: 'max' }),
});

/** A plan for people. */
export function describePlan({ processes, orders, deeds, handlers, tellsLastState, faultRate }: Plan): string[] {
  const nth = (each: { process: number }) => `P${(each.process % processes) + 1}`;
  const fault = faultRate === 0 ? 'no wire fails' : 'wires fail now and then';
  return [
    `${processes} processes; ${fault}; the shop's orders ${tellsLastState ? 'tell' : 'do not tell'} lastState`,
    ...orders.flatMap((each) => [
      `order ${each.number} of merchant ${each.merchant}: the payer ${each.payer}, after ${each.paysAtS} s`,
      ...each.calls.map((call) => `  ${nth(call)} makes it after ${call.atS} s`),
    ]),
    ...deeds.map((deed) => {
      const seconds = { 'clock jumps': ` by ${deed.byS} s`, 'stands still': ` for ${Math.abs(deed.byS)} s` };
      const by = (seconds as Record<string, string>)[deed.does] ?? '';
      return `after ${deed.atS} s, ${nth(deed)} ${deed.does}${by}`;
    }),
    ...(handlers.length === 0 ? [] : [`handlers, run by run: ${handlers.join(', ')}`]),
  ];
}
