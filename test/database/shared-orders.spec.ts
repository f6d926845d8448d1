// Three processes' worth of reconcilers on one table, in time that passes only while everybody waits for it.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { OrderState } from '../../lib/protocol/order-state.js';
import { MERCHANT } from '../support/test-merchant.js';
import { recordingLogger } from '../support/recording-logger.js';
import { describeWhere } from './support/describe-where.js';
import { Fleet, type Query } from './support/fleet.js';
import { PLACES, type Place } from './support/places.js';
import { VirtualTime } from './support/virtual-time.js';

const HOUR = 3_600_000;
const { mchNo, appId } = MERCHANT;

Logger.overrideLogger(recordingLogger);

for (const { need, open } of PLACES) {
  await describeWhere(need, `the orders that processes share on ${need}`, () => {
    let place: Place;
    let time: VirtualTime;
    let fleet: Fleet;

    beforeAll(async () => {
      place = open();
      time = new VirtualTime();
      fleet = await Fleet.open(place, time, { perMinute: 600, everyMs: 60_000, latencyMs: 250 });
    });
    beforeEach(() => fleet.clear());
    afterAll(async () => {
      await fleet.close();
      await place.close();
    });

    const addAll = async (count: number, dueInMs = -1) => {
      for (let index = 0; index < count; index++) await fleet.add(`O${index}`, dueInMs);
    };
    const pass = (work: Promise<unknown>[], ms?: number) =>
      time.pass(Promise.all(work), ms === undefined ? undefined : time.now + ms);
    const gaps = (queries: readonly Query[]) => {
      const times = queries.map(({ at }) => at).toSorted((one, other) => one - other);
      return times.slice(1).map((at, index) => at - times[index]!);
    };

    it('are queried at the whole rate by one process alone, although the gateway is slower', async () => {
      await addAll(40);
      const { reconciler } = fleet.member('A');
      const startedAt = time.now;
      await pass([reconciler.sweep()]);
      expect(new Set(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(40);
      // 39 times 100 ms, and the gateway's 250.
      expect(time.now - startedAt).toBeLessThanOrEqual(39 * 100 + 250 + 40);
      expect(Math.min(...gaps(fleet.queries))).toBeGreaterThanOrEqual(99);
    });

    it('are handled one after the other, and taken several at a time, however slow gateway and handlers are', async () => {
      await addAll(60);
      for (let index = 0; index < 60; index++) fleet.states.set(`O${index}`, OrderState.Success);
      const { reconciler } = fleet.member('A', { options: { latencyMs: 5_000, handlingMs: 300, perMinute: 6_000 } });
      const { transactions } = time;
      await pass([reconciler.sweep()]);
      expect(reconciler.stats).toMatchObject({ asked: 60, missedByNotify: 60, failed: 0 });
      expect(fleet.mostHandled).toBe(1);
      expect(time.transactions - transactions).toBeLessThanOrEqual(7);
    });

    it('are queried at that rate by three together, each once', async () => {
      await addAll(60);
      const members = ['A', 'B', 'C'].map((name) => fleet.member(name));
      const startedAt = time.now;
      await pass(members.map(({ reconciler }) => reconciler.sweep()));
      expect(fleet.queries).toHaveLength(60);
      expect(new Set(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(60);
      expect(Math.min(...gaps(fleet.queries))).toBeGreaterThanOrEqual(99);
      expect(time.now - startedAt).toBeLessThanOrEqual(59 * 100 + 250 + 60);
    });

    it('are due again after the lease when the process that had taken them has died', async () => {
      await addAll(5);
      const [dead, alive] = [fleet.member('dead'), fleet.member('alive')];
      const taken = await dead.orders.sweep()(5);
      expect(taken).toHaveLength(5);
      await pass([alive.reconciler.sweep()]);
      expect(fleet.queries).toEqual([]);
      await pass([alive.run()], 10 * 60_000);
      await alive.reconciler.stop();
      const first = fleet.queries.slice(0, 5);
      expect(new Set(first.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(5);
      expect(first[0]!.by).toBe('alive');
    });

    it('are given back by a process that is stopped before their turn', async () => {
      await addAll(20);
      const [stopped, other] = [fleet.member('stopped'), fleet.member('other')];
      const sweep = stopped.reconciler.sweep();
      await pass([sweep], 450);
      await pass([stopped.reconciler.stop(), sweep]);
      const { length } = fleet.queries;
      expect(length).toBeLessThan(10);
      await pass([other.reconciler.sweep()]);
      expect(new Set(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(20);
      expect(fleet.queries).toHaveLength(20);
    });

    it('are not queried in a burst after a process has stood still: slots that are long past are lost', async () => {
      await addAll(30);
      const [paused, other] = [fleet.member('paused'), fleet.member('other')];
      const sweeps = [paused.reconciler.sweep(), other.reconciler.sweep()];
      await pass(sweeps, 500);
      // Nobody runs for a while: of both processes' slots, several are past.
      time.now += 3_000;
      await pass(sweeps);
      expect(new Set(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(30);
      expect(fleet.queries).toHaveLength(30);
      const times = fleet.queries.map(({ at }) => at).toSorted((one, two) => one - two);
      const within = (ms: number) => Math.max(...times.map((at) => times.filter((t) => t >= at && t < at + ms).length));
      // Ten in a second, and up to a second's worth that was late.
      expect(within(1_000)).toBeLessThanOrEqual(20);
    });

    it('are queried by the others at the same rate while one process’s clock is an hour ahead', async () => {
      await addAll(30);
      await fleet.add('later', HOUR / 2);
      const [ahead, other] = [fleet.member('ahead', { skewMs: HOUR }), fleet.member('other')];
      const startedAt = time.now;
      await pass([ahead.reconciler.sweep(), other.reconciler.sweep()]);
      // All measure by the database's clock: what one has taken, or looked at, is not due for the other.
      expect(fleet.queries).toHaveLength(30);
      expect(new Set(fleet.queries.map(({ by }) => by))).toEqual(new Set(['ahead', 'other']));
      expect(Math.min(...gaps(fleet.queries))).toBeGreaterThanOrEqual(99);
      expect(time.now - startedAt).toBeLessThan(4_000);
    });

    it('are queried on within seconds after the database’s clock was put back', async () => {
      await addAll(10);
      const { reconciler } = fleet.member('A');
      await pass([reconciler.sweep()]);
      const other = await Fleet.open(place, time, { perMinute: 600 });
      try {
        for (let index = 0; index < 20; index++) await other.add(`O${index}`, -1);
        const member = other.member('A');
        await pass([member.reconciler.sweep()], 1_000);
        other.putBackClock();
        await time.pass(Promise.resolve(member.reconciler.sweep()), time.now + 10_000);
        expect(new Set(other.queries.map(({ mchOrderNo }) => mchOrderNo)).size).toBe(20);
      } finally {
        await other.close();
      }
    });

    it('are taken again at once where the database has rolled back, and at the next sweep where it fails', async () => {
      await addAll(3);
      const { reconciler } = fleet.member('A');
      const deadlock = () => Object.assign(new Error('deadlock'), { code: '40P01' });
      fleet.failures.push(deadlock(), deadlock());
      await pass([reconciler.sweep()]);
      expect(fleet.queries).toHaveLength(3);
      await fleet.add('later', -1);
      fleet.failures.push(new Error('the database is away'));
      await expect(reconciler.sweep()).rejects.toThrow('the database is away');
      await pass([reconciler.sweep()]);
      expect(fleet.queries).toHaveLength(4);
    });

    it('are left alone by a process that does not know their merchant', async () => {
      await addAll(2);
      await fleet.add('theirs', -1, { mch_no: 'M2' });
      const stranger = fleet.member('stranger', { merchants: [{ ...MERCHANT, mchNo: 'M2' }] });
      await pass([stranger.reconciler.sweep()]);
      expect(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).toEqual(['theirs']);
    });

    it('come first when a notify that does not verify has named them', async () => {
      await addAll(10);
      await fleet.add('named', 60_000);
      await fleet.add('ended', -1, { last_applied: OrderState.Closed });
      await fleet.add('reported', 60_000, { attention_at: 1 });
      await fleet.add('creating', 60_000, { status: 'creating', creating_until: time.now + 60_000 });
      const { reconciler } = fleet.member('A');
      for (const mchOrderNo of ['named', 'ended', 'reported', 'creating', 'nobody’s']) {
        reconciler.lookAtSoon({ kind: 'payment', mchNo, appId, mchOrderNo });
      }
      await pass([reconciler['lookUnderWay'] ?? Promise.resolve()]);
      expect(fleet.queries.map(({ mchOrderNo }) => mchOrderNo)).toEqual(['named']);
    });

    it('wait twice as long each time, give or take a tenth, up to the longest wait', async () => {
      await fleet.add('O1', -1);
      const waits = async (random: () => number) => {
        const { reconciler } = fleet.member('A', { random, options: { maxDelayMs: 480_000, latencyMs: 0 } });
        const waited: number[] = [];
        for (let sweeps = 0; sweeps < 6; sweeps++) {
          await pass([reconciler.sweep()]);
          const dueInMs = await fleet.dueInMs('O1');
          waited.push(dueInMs / 60_000);
          await time.pass(time.wait(dueInMs));
        }
        return waited;
      };
      expect(await waits(() => 0.5)).toEqual([1, 2, 4, 8, 8, 8]);
      await fleet.clear();
      await fleet.add('O1', -1);
      expect(await waits(() => 0)).toEqual([0.9, 1.8, 3.6, 7.2, 7.2, 7.2]);
      await fleet.clear();
      await fleet.add('O1', -1);
      expect(await waits(() => 1)).toEqual([1.1, 2.2, 4.4, 8.8, 8.8, 8.8]);
    });

    it('are looked at daily for 30 days while their state is not one that the gateway documents', async () => {
      await fleet.add('O1', -1);
      fleet.states.set('O1', 7 as OrderState);
      const { reconciler } = fleet.member('A');
      let looks = 0;
      for (let dueInMs = 0; dueInMs !== Infinity; dueInMs = await fleet.dueInMs('O1')) {
        await time.pass(time.wait(dueInMs));
        await pass([reconciler.sweep()]);
        looks++;
      }
      expect(looks).toBe(31);
    });

    it('are never queried twice in a row while others wait, however many never end', async () => {
      const numRuns = need === 'libsql' ? 25 : 6;
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            dues: fc.array(fc.integer({ min: -600_000, max: 120_000 }), { minLength: 1, maxLength: 25 }),
            ended: fc.array(fc.nat(24)),
            processes: fc.integer({ min: 1, max: 3 }),
            latencyMs: fc.constantFrom(0, 40, 3_000),
            perMinute: fc.constantFrom(20, 60, 1_700),
            seed: fc.integer(),
          }),
          async ({ dues, ended, processes, latencyMs, perMinute, seed }) => {
            await fleet.clear();
            const startedAt = time.now;
            for (const [index, due] of dues.entries()) {
              await fleet.add(`O${index}`, due);
              if (ended.includes(index)) fleet.states.set(`O${index}`, OrderState.Success);
            }
            const random = mulberry(seed);
            const options = { latencyMs, perMinute, everyMs: 10_000, maxDelayMs: 60_000 };
            const members = Array.from({ length: processes }, (_, index) =>
              fleet.member(`P${index}`, { random, options }),
            );
            await time.pass(Promise.all(members.map(({ run }) => run())), time.now + 180_000);
            await time.pass(Promise.all(members.map(({ reconciler }) => reconciler.stop())));
            // No faster than the rate …
            const interval = 60_000 / perMinute;
            for (const gap of gaps(fleet.queries)) expect(gap).toBeGreaterThanOrEqual(Math.floor(interval) - 1);
            // … what has ended once …
            for (const [mchOrderNo] of fleet.states) expect(timesOf(fleet.queries, mchOrderNo).length).toBeLessThan(2);
            // … and no other twice before all that were due when it was queried first have had their turn.
            const due = new Map(dues.map((each, index) => [`O${index}`, startedAt + each]));
            for (const [mchOrderNo] of due) {
              const times = timesOf(fleet.queries, mchOrderNo);
              if (times.length < 2) continue;
              const late = [...due].filter(
                ([other, at]) => at <= times[0]! && !(timesOf(fleet.queries, other)[0]! < times[1]!),
              );
              expect(late).toEqual([]);
            }
          },
        ),
        { numRuns },
      );
    });
  });
}

function timesOf(queries: readonly Query[], mchOrderNo: string): number[] {
  return queries.filter((query) => query.mchOrderNo === mchOrderNo).map(({ at }) => at);
}

/** Numbers from 0 to 1 that a seed gives. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
