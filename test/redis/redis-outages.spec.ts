import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster } from 'ioredis';
import type { Claim } from '../../lib/outcome/outcome-store.js';
import { RedisOutcomeStore, RedisOutcomeStoreError } from '../../lib/redis/index.js';
import { describeOutcomeStore } from '../outcome/outcome-store.contract.js';
import { describeWithOwnRedis, OwnRedis } from './support/own-redis.js';
import { TestClients } from './support/test-clients.js';

/** As the options of the store advise. */
const ADVISED = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };

const clients = new TestClients();
afterAll(() => clients.disconnect());

async function claimed(store: RedisOutcomeStore, subject: string, leaseMs = 60_000): Promise<Claim> {
  const result = await store.claim(subject, leaseMs);
  if (result.status === 'busy') throw new Error(`${subject} is busy`);
  return result.claim;
}

/** The error that the store throws, and how long it took, in ms. */
async function failure(work: Promise<unknown>): Promise<{ error: RedisOutcomeStoreError; afterMs: number }> {
  const startedAt = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RedisOutcomeStoreError);
  return { error: error as RedisOutcomeStoreError, afterMs: performance.now() - startedAt };
}

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(50);
    }
  }
}

describeWithOwnRedis('RedisOutcomeStore with a Redis', () => {
  let redis: OwnRedis;

  describe('that forgets all when it stops', () => {
    beforeAll(async () => {
      redis = await OwnRedis.start('--appendonly', 'no');
    }, 30_000);
    afterEach(async () => {
      await redis.tell('FLUSHALL');
    });
    afterAll(() => redis?.remove());

    it('fails clearly while it is down, and works again after that', async () => {
      const advised = clients.connect(redis.url, ADVISED);
      const patient = clients.connect(redis.url, { maxRetriesPerRequest: null });
      const store = new RedisOutcomeStore({ client: advised });
      const patientStore = new RedisOutcomeStore({ client: patient, commandTimeoutMs: 300 });
      await eventually(() => claimed(store, 'held'));
      const held = await claimed(patientStore, 'held too');

      await redis.stop();
      await sleep(100);
      for (const act of [
        () => store.claim('new', 60_000),
        () => store.renew(held, 60_000),
        () => store.complete(held, 2),
        () => store.release(held),
      ]) {
        const { error, afterMs } = await failure(act());
        expect(error.message).toMatch(/^Redis cannot be reached to \w+ an outcome \(.+\)\. See that it runs/);
        expect(error.cause).toBeInstanceOf(Error);
        expect(afterMs).toBeLessThan(1000);
      }
      const { error, afterMs } = await failure(patientStore.claim('new', 60_000));
      expect(error.message).toMatch(/^Redis did not claim an outcome within 300 ms\. See that it runs/);
      expect(afterMs).toBeLessThan(1000);

      await redis.start();
      const claim = await eventually(() => claimed(store, 'new'));
      expect(await store.complete(claim, 2)).toBe(true);
      // What it held was forgotten with the rest: another may have it, and the first one learns that it is lost.
      expect(await store.complete(held, 2)).toBe(false);
      expect(await patientStore.claim('held too', 60_000)).toMatchObject({ status: 'claimed', delivered: undefined });
    }, 30_000);

    it('fails clearly while it hangs, and gives a claim back that comes too late', async () => {
      const store = new RedisOutcomeStore({ client: clients.connect(redis.url), commandTimeoutMs: 300 });
      await store.release(await claimed(store, 'warm'));
      redis.freeze();
      try {
        const { error, afterMs } = await failure(store.claim('late', 60_000));
        expect(error.message).toMatch(/^Redis did not claim an outcome within 300 ms/);
        expect(afterMs).toBeGreaterThanOrEqual(295);
        expect(afterMs).toBeLessThan(1000);
      } finally {
        redis.thaw();
      }
      // The lease of a minute that nobody has would block it otherwise.
      const result = await eventually(async () => {
        const claim = await claimed(store, 'late');
        return store.complete(claim, 2);
      });
      expect(result).toBe(true);
    });

    it('says so when it is a read-only replica', async () => {
      const store = new RedisOutcomeStore({ client: clients.connect(redis.url) });
      const claim = await claimed(store, 'before');
      await redis.tell('REPLICAOF', '127.0.0.1', 1);
      try {
        for (const act of [() => store.claim('new', 1000), () => store.complete(claim, 2)]) {
          const { error } = await failure(act());
          expect(error.message).toMatch(/^Redis refused to \w+ an outcome \(.*READONLY.*\)\. .*connect to the primary/);
        }
      } finally {
        await redis.tell('REPLICAOF', 'NO', 'ONE');
      }
      expect(await store.complete(claim, 2)).toBe(true);
    });

    it('says so when its memory is full', async () => {
      const store = new RedisOutcomeStore({ client: clients.connect(redis.url) });
      const claim = await claimed(store, 'before');
      await redis.tell('CONFIG', 'SET', 'maxmemory', 1);
      try {
        const { error } = await failure(store.claim('new', 1000));
        expect(error.message).toMatch(/OOM.*raise maxmemory/);
      } finally {
        await redis.tell('CONFIG', 'SET', 'maxmemory', 0);
      }
      expect(await store.complete(claim, 2)).toBe(true);
    });

    it('goes on when the scripts are gone from it', async () => {
      const store = new RedisOutcomeStore({ client: clients.connect(redis.url) });
      const flush = () => redis.tell('SCRIPT', 'FLUSH');
      await flush();
      const claim = await claimed(store, 'flushed');
      await flush();
      expect(await store.renew(claim, 60_000)).toBe(true);
      await flush();
      expect(await store.complete(claim, 6)).toBe(true);
      await flush();
      const again = await claimed(store, 'flushed');
      await flush();
      await store.release(again);
      expect(await store.claim('flushed', 1000)).toMatchObject({ status: 'claimed', delivered: 6 });
    });

    it('needs a few hundred bytes of it for an outcome', async () => {
      const client = clients.connect(redis.url);
      const store = new RedisOutcomeStore({ client, commandTimeoutMs: 60_000 });
      const used = async () => Number(/used_memory:(\d+)/.exec(await client.info('memory'))![1]);
      const subjects = Array.from({ length: 20_000 }, (_, i) => `payment:60cc09bce4b0f1c0b83761c9:P1795${1e15 + i}`);
      await store.release(await claimed(store, 'warm'));
      const before = await used();
      await Promise.all(subjects.map(async (subject) => store.complete(await claimed(store, subject), 2)));
      const bytes = ((await used()) - before) / subjects.length;
      expect(bytes).toBeGreaterThan(50);
      expect(bytes).toBeLessThan(400);
    }, 30_000);
  });

  it('that persists: claims and handled outcomes survive its restart', async () => {
    redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
    try {
      const store = new RedisOutcomeStore({ client: clients.connect(redis.url) });
      await store.complete(await claimed(store, 'handled'), 2);
      const held = await claimed(store, 'held');
      await redis.stop();
      await redis.start();
      expect(await eventually(() => store.claim('handled', 1000))).toMatchObject({ status: 'claimed', delivered: 2 });
      expect(await store.claim('held', 1000)).toEqual({ status: 'busy' });
      expect(await store.complete(held, 2)).toBe(true);
    } finally {
      await redis.remove();
    }
  }, 30_000);

  it('that asks for a password: says so, and tells no password', async () => {
    redis = await OwnRedis.start('--requirepass', 'the-right-one');
    try {
      for (const url of [redis.url, redis.url.replace('//', '//:the-wrong-one@')]) {
        const client = clients.connect(url, ADVISED);
        const store = new RedisOutcomeStore({ client, commandTimeoutMs: 500 });
        await sleep(100);
        const { error } = await failure(store.claim('new', 1000));
        expect(error.message).toMatch(/password/);
        expect(error.message).not.toMatch(/the-(right|wrong)-one/);
      }
    } finally {
      await redis.remove();
    }
  }, 30_000);

  describe('Cluster', () => {
    let cluster: Cluster;

    afterAll(async () => {
      cluster?.disconnect();
      await redis.remove();
    });

    describeOutcomeStore('RedisOutcomeStore on Redis Cluster', async () => {
      redis = await OwnRedis.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
      const slots = Array.from({ length: 16_384 }, (_, slot) => slot);
      await redis.tell('CLUSTER', 'ADDSLOTS', ...slots);
      await eventually(async () => {
        const info = String(await redis.tell('CLUSTER', 'INFO'));
        if (!info.includes('cluster_state:ok')) throw new Error(info);
      });
      cluster = new Cluster([redis.url]);
      return [new RedisOutcomeStore({ client: cluster })];
    });
  });
});
