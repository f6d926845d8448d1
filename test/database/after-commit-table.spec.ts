// What handlers have to do after a commit, as the table keeps it; after-commit.spec.ts has the way through the module.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { AfterCommitTable, type AfterCommitCall } from '../../lib/database/after-commit/after-commit-table.js';
import { ensureSchema } from '../../lib/database/schema/ensure-schema.js';
import { tablesOf } from '../../lib/database/schema/schema-names.js';
import type { SqlExecutor } from '../../lib/database/sql-database.js';
import { idempotencyKey, outcomeEvent, PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { afterCommitCounts } from './support/after-commit-counts.js';
import { describeWhere } from './support/describe-where.js';
import { PLACES, type Place } from './support/places.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const NOW = Date.UTC(2024, 5, 1);
const LEASE_MS = 30_000;

function paid(mchOrderNo: string, state = OrderState.Success) {
  const fields = { mchNo: 'M1', appId: 'A1', mchOrderNo, payOrderId: `P-${mchOrderNo}`, amount: 1, currency: 'cny' };
  return outcomeEvent(Object.assign(new PaymentOrder(), fields, { state, extra: { cardNo: '1' } }), 'notify');
}

const namesOf = (calls: readonly AfterCommitCall[]) =>
  calls.map(({ handler, outcome }) => `${handler} ${outcome.mchOrderNo} ${outcome.state}`);

for (const { need, open } of PLACES) {
  await describeWhere(need, `after-commit work on ${need}`, () => {
    const prefix = `a${randomBytes(5).toString('hex')}_`;
    const tables = tablesOf({ prefix });
    let place: Place;
    let table: AfterCommitTable;

    beforeAll(async () => {
      place = open();
      await ensureSchema(place.database, { prefix });
      table = new AfterCommitTable(place.database, tables, '');
    });

    afterAll(async () => {
      for (const name of Object.values(tables)) await place.database.execute(`DROP TABLE ${name}`);
      await place.close();
    });

    beforeEach(async () => {
      await place.database.execute(`DELETE FROM ${tables.afterCommit}`);
    });

    async function committing<Result>(work: (transaction: SqlExecutor) => Promise<Result>): Promise<Result> {
      const transaction = await place.database.begin(LIMITS);
      try {
        const result = await work(transaction);
        await transaction.commit();
        return result;
      } finally {
        await transaction.rollback();
      }
    }

    const add = (event: ReturnType<typeof paid>, handlers: string[], now = NOW) => {
      const facts = {
        late: false,
        adopted: false,
        replayed: false,
        source: 'notify',
        idempotencyKey: idempotencyKey(event),
      } as const;
      return committing((transaction) => table.add(transaction, event, { facts, handlers, now }));
    };
    const take = (handlers: string[], now = NOW, most = 10, mchNos: string[] | undefined = ['M1', 'M3']) =>
      committing((transaction) => table.take(transaction, { handlers, mchNos }, { now, leaseMs: LEASE_MS, most }));

    it('gives each handler what the handlers in the transaction got', async () => {
      const event = paid('O1');
      await add(event, ['Mail.send', 'Crm.tell']);
      const calls = await take(['Mail.send', 'Crm.tell']);
      expect(namesOf(calls)).toEqual(['Mail.send O1 2', 'Crm.tell O1 2']);
      expect(calls[0]).toMatchObject({ attempts: 1, outcome: expect.any(PaymentOutcome) });
      expect(calls[0]!.outcome).toEqual({
        ...event.data,
        late: false,
        adopted: false,
        replayed: false,
        source: 'notify',
        idempotencyKey: 'payment:M1:P-O1:2',
      });
    });

    it('is taken by one of many processes, and again only after the lease', async () => {
      const numbers = Array.from({ length: 12 }, (_, index) => `O${index}`);
      for (const number of numbers) await add(paid(number), ['Mail.send']);
      const taken = (await Promise.all(Array.from({ length: 6 }, () => take(['Mail.send'], NOW, 3)))).flat();
      const rest = await take(['Mail.send'], NOW, 100);
      expect([...taken, ...rest].map(({ outcome }) => outcome.mchOrderNo).toSorted()).toEqual(numbers.toSorted());
      expect(await take(['Mail.send'], NOW + LEASE_MS - 1)).toEqual([]);
      expect(await take(['Mail.send'], NOW + LEASE_MS)).toHaveLength(10);
    });

    it('takes one order after the other, each in the order of its outcomes', async () => {
      await add(paid('O1', OrderState.Closed), ['Mail.send', 'Crm.tell']);
      await add(paid('o1 ', OrderState.Success), ['Mail.send', 'Crm.tell']);
      await add(paid('O2', OrderState.Success), ['Mail.send']);
      const [mail, crm, ...others] = await take(['Mail.send', 'Crm.tell']);
      expect(namesOf([mail!, crm!, ...others])).toEqual(['Mail.send O1 6', 'Crm.tell O1 6', 'Mail.send O2 2']);
      await table.done(mail!);
      expect(namesOf(await take(['Mail.send', 'Crm.tell']))).toEqual(['Mail.send o1  2']);
      await table.fail(crm!, 'out of order', NOW + 60_000);
      expect(await take(['Mail.send', 'Crm.tell'])).toEqual([]);
      const [again] = await take(['Crm.tell'], NOW + 60_000);
      expect(again).toMatchObject({ handler: 'Crm.tell', attempts: 2, outcome: { state: 6 } });
      await table.fail(again!, 'out of order', undefined);
      expect(namesOf(await take(['Crm.tell'], NOW + 60_000))).toEqual(['Crm.tell o1  2']);
    });

    it('leaves alone what another process has taken since', async () => {
      await add(paid('O1'), ['Mail.send']);
      const [slow] = await take(['Mail.send']);
      const [next] = await take(['Mail.send'], NOW + LEASE_MS);
      await table.fail(slow!, 'too slow', undefined);
      expect(await afterCommitCounts(place.database, tables)).toEqual({
        pending: 1,
        dead: 0,
        oldestDueAt: NOW + 2 * LEASE_MS,
      });
      await table.fail(next!, 'closed', undefined);
      expect(await afterCommitCounts(place.database, tables)).toEqual({ pending: 0, dead: 1, oldestDueAt: undefined });
    });

    it('leaves alone the work of handlers that the process does not have, and counts it', async () => {
      await add(paid('O1'), ['Mail.send', 'Old.print'], NOW - 5);
      expect(namesOf(await take(['Mail.send', 'Crm.tell']))).toEqual(['Mail.send O1 2']);
      expect(await afterCommitCounts(place.database, tables)).toEqual({ pending: 2, dead: 0, oldestDueAt: NOW - 5 });
      const outside = (handlers: string[], mchNos: string[] | undefined, dueBefore = NOW) =>
        table.pendingOutside({ handlers, mchNos }, dueBefore);
      const old = { handler: 'Old.print', mchNo: 'M1', count: 1 };
      expect(await outside(['Mail.send'], undefined)).toEqual([old]);
      expect(await outside(['Mail.send'], ['M1'], NOW - 5)).toEqual([]);
      expect(await outside([], undefined)).toEqual([old]);
      expect(await outside(['Old.print'], ['M1'])).toEqual([]);
      expect(await outside(['Old.print'], ['M2'])).toEqual([old]);
    });

    it('leaves alone the work of merchants that the process does not have', async () => {
      await add(paid('O1'), ['Mail.send']);
      expect(await take(['Mail.send'], NOW, 10, ['M2'])).toEqual([]);
      expect(namesOf(await take(['Mail.send']))).toEqual(['Mail.send O1 2']);
    });

    it('is as if it had not been taken when it is put back', async () => {
      await add(paid('O1'), ['Mail.send']);
      const [call] = await take(['Mail.send']);
      await table.putBack(call!, 'nobody knows the merchant', NOW + 60_000);
      expect(await take(['Mail.send'])).toEqual([]);
      expect(await take(['Mail.send'], NOW + 60_000)).toMatchObject([{ attempts: 1, createdAt: NOW }]);
    });

    it('is of one instance of the module', async () => {
      await add(paid('O1'), ['Mail.send']);
      const other = new AfterCommitTable(place.database, tables, 'eu');
      expect(await afterCommitCounts(place.database, tables, 'eu')).toEqual({
        pending: 0,
        dead: 0,
        oldestDueAt: undefined,
      });
      const scope = { handlers: ['Mail.send'], mchNos: undefined };
      const limits = { now: NOW, leaseMs: LEASE_MS, most: 10 };
      expect(await committing((transaction) => other.take(transaction, scope, limits))).toEqual([]);
    });
  });
}
