// Real time: leases end by the clock of Redis; the tests wait until that clock says so
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RedisInbox } from '../../lib/redis/index.js';
import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { Claimer } from './support/claimer.js';
import { pass } from './support/server-clock.js';
import { TestClients } from './support/test-clients.js';

/** Only ends a test that hangs: processes take long to start on a busy machine. */
const LIMIT_MS = 300_000;

await describeWithRedis('processes that share a RedisInbox', () => {
  const prefix = `pass2pay:test:${randomUUID()}:`;
  const clients = new TestClients();
  const claimers: Claimer[] = [];
  let client: Redis;
  let store: RedisInbox;

  const startClaimers = async (count: number): Promise<Claimer[]> => {
    const started = await Promise.all(Array.from({ length: count }, () => Claimer.start(REDIS_URL, prefix)));
    claimers.push(...started);
    return started;
  };

  beforeAll(() => {
    client = clients.connect(REDIS_URL);
    store = new RedisInbox({ client, prefix });
  });
  afterEach(async () => {
    await Promise.all(claimers.splice(0).map((claimer) => claimer.kill()));
  });
  afterAll(async () => {
    const keys = await client.keys(`${prefix}*`);
    if (keys.length > 0) await client.del(keys);
    clients.disconnect();
  });

  it(
    'race on 200 subjects: each is handled by one of them',
    async () => {
      const subjects = Array.from({ length: 200 }, (_, i) => `payment:APP:RACE${i}`);
      const racers = await startClaimers(2);
      const claims = await Promise.all(
        racers.map((racer, i) => racer.tell({ name: 'race', subjects: i === 0 ? subjects : subjects.toReversed() })),
      );
      const handled = claims.flat().map(({ subject }) => subject);
      expect(handled.toSorted()).toEqual(subjects.toSorted());
      for (const subject of subjects) expect(await store.claim(subject, 1000)).toMatchObject({ lastApplied: 2 });
    },
    LIMIT_MS,
  );

  it(
    'take over from one that was killed, once its lease has ended',
    async () => {
      const [kept, given] = ['payment:APP:KEPT', 'payment:APP:GIVEN'];
      const [holder] = await startClaimers(1);
      await holder!.tell({ name: 'hold', subject: kept, leaseMs: 60_000 });
      const [lost] = await holder!.tell({ name: 'hold', subject: given, leaseMs: 200 });
      // It keeps its lease alive as long as it lives.
      await holder!.tell({ name: 'renew', claim: lost!, leaseMs: 60_000 });
      await pass(client, 200);
      expect(await store.claim(given, 60_000)).toEqual({ status: 'busy' });

      await holder!.tell({ name: 'renew', claim: lost!, leaseMs: 200 });
      await holder!.kill();
      expect(await store.claim(kept, 60_000)).toEqual({ status: 'busy' });
      await pass(client, 200);
      const result = await store.claim(given, 60_000);
      if (result.status === 'busy') throw new Error('Its lease has not ended.');
      expect(result.lastApplied).toBeUndefined();

      expect(await store.complete(lost!, 3)).toBe(false);
      expect(await store.renew(lost!, 60_000)).toBe(false);
      await store.release(lost!);
      expect(await store.complete(result.claim, 2)).toBe(true);
    },
    LIMIT_MS,
  );
});
