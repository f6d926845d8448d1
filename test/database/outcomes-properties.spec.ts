// Whatever is delivered, retried and replayed, and whatever fails meanwhile: nothing takes effect twice but on purpose.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pass2PayOutcomes } from '../../lib/database/audit/pass2pay-outcomes.js';
import { insertOrder } from '../../lib/database/orders/insert-order.js';
import { ReplayWork } from '../../lib/database/replay/replay-work.js';
import { OutcomeDelivery } from '../../lib/outcomes/outcome-delivery.js';
import { idempotencyKey, outcomeEvent } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { DEFAULT_MERCHANT } from '../../sandbox/index.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';
import { Shops, type Shop } from './support/shops.js';

const { mchNo, appId } = DEFAULT_MERCHANT;
const RANK = [OrderState.Created, OrderState.Paying, OrderState.Closed, OrderState.Success, OrderState.Refunded];

function told(state: number) {
  const fields = { mchNo, appId, mchOrderNo: 'O1', payOrderId: 'P1', amount: 100, currency: 'cny', successTime: 1 };
  return outcomeEvent(Object.assign(new PaymentOrder(), { ...fields, state }), 'notify');
}

await describeWhere('libsql', 'retries and replays', () => {
  let place: Place;
  let shops: Shops;
  let shop: Shop;

  beforeAll(async () => {
    place = PLACES.find(({ need }) => need === 'libsql')!.open();
    shops = await Shops.open(place);
    shop = await shops.start({ databaseLimits: { sweepEveryMs: 86_400_000, maxAttempts: 2 } });
  });

  afterAll(async () => {
    await shops.close();
    await place.close();
  });

  const states = fc.constantFrom(OrderState.Success, ...RANK.slice(1));
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ does: fc.constant('tell' as const), state: states }) },
      { weight: 4, arbitrary: fc.record({ does: fc.constant('replay' as const), state: states }) },
      { weight: 4, arbitrary: fc.record({ does: fc.constant('run replays' as const) }) },
      {
        weight: 4,
        arbitrary: fc.record({ does: fc.constantFrom('retry', 'sweep', 'break', 'mend', 'lose the lease') }),
      },
    ),
    { minLength: 10, maxLength: 30 },
  );

  it('apply each outcome once, each replay once, and never step back', async () => {
    const outcomes = shop.app.get(Pass2PayOutcomes);
    const delivery = shop.app.get(OutcomeDelivery, { strict: false });
    const replays = shop.app.get(ReplayWork, { strict: false });
    const { tables } = shops;
    const lastApplied = async () => {
      const { rows } = await place.database.execute(`SELECT last_applied FROM ${tables.order}`);
      const { last_applied: state } = rows[0]!;
      return state === null ? -1 : RANK.indexOf(Number(state));
    };
    const property = fc.asyncProperty(steps, async (script) => {
      for (const table of Object.values(tables)) {
        if (table !== tables.migration) await place.database.execute(`DELETE FROM ${table}`);
      }
      const made = { kind: 'payment', mchNo, appId, mchOrderNo: 'O1', amount: 100, currency: 'cny' } as const;
      await insertOrder(place.database, tables, '', { ...made, status: 'created' });
      await place.database.execute(`DELETE FROM ${tables.order.replace(/order$/, 'effect')}`);
      shop.told.length = 0;
      /** What was committed, by the state and whether it was a replay. */
      const committed: { state: number; replayed: boolean }[] = [];
      let isBroken = false;
      shop.handler.does = ({ state, replayed }) => {
        if (isBroken) throw new Error('the warehouse is closed');
        committed.push({ state, replayed });
      };
      let reached = -1;
      for (const step of script) {
        if (step.does === 'tell') await delivery.deliver(told(step.state)).catch(() => {});
        else if (step.does === 'replay') {
          const asked = { idempotencyKey: idempotencyKey(told(step.state)), reason: 'Ann' };
          await outcomes.replay(asked).catch(() => {});
        } else if (step.does === 'retry') await outcomes.retry({ mchNo });
        else if (step.does === 'sweep') await shop.retry();
        else if (step.does === 'run replays') await Promise.all([replays.sweep(), replays.sweep()]);
        else if (step.does === 'lose the lease') {
          await place.database.execute(`UPDATE ${tables.replay} SET due_at = 0 WHERE due_at IS NOT NULL`);
        } else isBroken = step.does === 'break';
        const now = await lastApplied();
        expect(now).toBeGreaterThanOrEqual(reached);
        reached = now;
      }
      const times = (state: number, replayed: boolean) =>
        committed.filter((each) => each.state === state && each.replayed === replayed).length;
      const { replays: asked } = await outcomes.listReplays();
      for (const state of RANK) {
        expect(times(state, false)).toBeLessThanOrEqual(1);
        const key = idempotencyKey(told(state));
        expect(times(state, true)).toBe(
          asked.filter(({ idempotencyKey: of, status }) => of === key && status === 'done').length,
        );
        const { outcomes: rows } = await outcomes.list({ result: 'applied' });
        expect(rows.some(({ idempotencyKey: of }) => of === key)).toBe(times(state, false) === 1);
      }
      expect(await shops.effects()).toHaveLength(committed.length);
      // A success that was heard is never lost: mended and retried, it is applied, unless its refund was.
      const wasPaid = script.some((step) => step.does === 'tell' && step.state === OrderState.Success);
      isBroken = false;
      await outcomes.retry({ mchNo });
      await shop.retry();
      if (wasPaid) expect(await lastApplied()).toBeGreaterThanOrEqual(RANK.indexOf(OrderState.Success));
    });
    await fc.assert(property, { numRuns: 30 });
  });
});
