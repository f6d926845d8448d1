// Real time: a Redis that stops and starts takes its time; the tests wait for its end and its readiness
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { Cluster, type Redis } from 'ioredis';
import { createCluster } from 'redis';
import { until } from '../bullmq/support/wait.js';
import type { Claim } from '../../lib/outcomes/inbox.js';
import { RedisInbox, RedisInboxError } from '../../lib/redis/index.js';
import { describeInbox } from '../outcomes/inbox.contract.js';
import { describeWithOwnRedis, OwnRedis } from './support/own-redis.js';
import { pass } from './support/server-clock.js';
import { TestClients } from './support/test-clients.js';

/** As the options of the store advise. */
const ADVISED = { enableOfflineQueue: false, maxRetriesPerRequest: 1 };

const clients = new TestClients();
async function claimed(store: RedisInbox, subject: string, leaseMs = 60_000): Promise<Claim> {
  const result = await store.claim(subject, leaseMs);
  if (result.status === 'busy') throw new Error(`${subject} is busy`);
  return result.claim;
}

/** The error that the store throws. */
async function failure(work: Promise<unknown>): Promise<RedisInboxError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RedisInboxError);
  return error as RedisInboxError;
}

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  let result: { value: T } | undefined;
  await until(async () => {
    result = await work().then(
      (value) => ({ value }),
      () => undefined,
    );
    return result !== undefined;
  });
  return result!.value;
}

/** Resolves when the client knows that its connection is gone. */
function disconnected(client: Redis): Promise<void> {
  return new Promise((resolve) => {
    client.once('close', resolve);
  });
}

describeWithOwnRedis('RedisInbox with a Redis', () => {
  let redis: OwnRedis;

  /** The clients first: one that has lost its connection takes 2 s to end. */
  const remove = async () => {
    clients.disconnect();
    await redis?.remove();
  };

  describe('that forgets all when it stops', () => {
    beforeAll(async () => {
      redis = await OwnRedis.start('--appendonly', 'no');
    });
    afterEach(async () => {
      await redis.tell('FLUSHALL');
    });
    afterAll(remove);

    it('fails clearly while it is down, and works again after that', async () => {
      const advised = clients.connect(redis.url, ADVISED);
      const patient = clients.connect(redis.url, { maxRetriesPerRequest: null });
      // The first would wait for longer than the test may take: what it says, it says at once.
      const store = new RedisInbox({ client: advised, commandTimeoutMs: 60_000 });
      const patientStore = new RedisInbox({ client: patient, commandTimeoutMs: 300 });
      await eventually(() => claimed(store, 'held'));
      const held = await eventually(() => claimed(patientStore, 'held too'));

      const cut = Promise.all([disconnected(advised), disconnected(patient)]);
      await redis.stop();
      await cut;
      for (const act of [
        () => store.claim('new', 60_000),
        () => store.renew(held, 60_000),
        () => store.complete(held, 2),
        () => store.release(held),
      ]) {
        const error = await failure(act());
        expect(error.message).toMatch(
          /^Redis cannot be reached to \w+ an outcome \(.+\)\. Check that Redis is running/,
        );
        expect(error.cause).toBeInstanceOf(Error);
      }
      const error = await failure(patientStore.claim('new', 60_000));
      expect(error.message).toMatch(/^Redis did not claim an outcome within 300 ms\. Check that Redis is running/);

      await redis.start();
      const claim = await eventually(() => claimed(store, 'new'));
      expect(await store.complete(claim, 2)).toBe(true);
      // What it held was forgotten with the rest: another may have it, and the first one learns that it is lost.
      expect(await store.complete(held, 2)).toBe(false);
      const again = await eventually(() => patientStore.claim('held too', 60_000));
      expect(again).toMatchObject({ status: 'claimed', lastApplied: undefined });
    });

    it('fails clearly while it hangs, and gives a claim back that comes too late', async () => {
      const store = new RedisInbox({ client: clients.connect(redis.url), commandTimeoutMs: 300 });
      await eventually(async () => store.release(await claimed(store, 'warm')));
      const clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
      redis.freeze();
      try {
        let isOver = false;
        const late = failure(store.claim('late', 60_000)).finally(() => {
          isOver = true;
        });
        await clock.tickAsync(299);
        expect(isOver).toBe(false);
        await clock.tickAsync(1);
        expect((await late).message).toMatch(/^Redis did not claim an outcome within 300 ms/);
      } finally {
        clock.uninstall();
        redis.thaw();
      }
      // The lease of a minute that nobody has would block it otherwise.
      const result = await eventually(async () => {
        const claim = await claimed(store, 'late');
        return store.complete(claim, 2);
      });
      expect(result).toBe(true);
    });

    it('fails clearly on node-redis while it is down, and works again after that', async () => {
      const client = await clients.connectNode(redis.url, { disableOfflineQueue: true });
      const store = new RedisInbox({ client, commandTimeoutMs: 60_000 });
      const held = await claimed(store, 'held');
      const cut = new Promise((resolve) => {
        client.once('reconnecting', resolve);
      });
      await redis.stop();
      await cut;
      for (const act of [() => store.claim('new', 60_000), () => store.complete(held, 2)]) {
        const error = await failure(act());
        expect(error.message).toMatch(
          /^Redis cannot be reached to \w+ an outcome \(.+\)\. Check that Redis is running/,
        );
        expect(error.cause).toBeInstanceOf(Error);
      }
      await expect(store.ping()).rejects.toThrow();
      await redis.start();
      const claim = await eventually(() => claimed(store, 'new'));
      expect(await store.complete(claim, 2)).toBe(true);
      expect(await store.complete(held, 2)).toBe(false);
    });

    it('refuses, and forgets scripts, on node-redis as on ioredis', async () => {
      const store = new RedisInbox({ client: await clients.connectNode(redis.url) });
      await redis.tell('SCRIPT', 'FLUSH');
      const claim = await claimed(store, 'before');
      await redis.tell('REPLICAOF', '127.0.0.1', 1);
      try {
        const error = await failure(store.claim('new', 60_000));
        expect(error.message).toMatch(/^Redis refused to claim an outcome \(.*READONLY.*\)\. .*connect to the primary/);
      } finally {
        await redis.tell('REPLICAOF', 'NO', 'ONE');
      }
      await redis.tell('SCRIPT', 'FLUSH');
      expect(await store.complete(claim, 2)).toBe(true);
    });

    it('says so when it is a read-only replica', async () => {
      const store = new RedisInbox({ client: clients.connect(redis.url) });
      const claim = await claimed(store, 'before');
      await redis.tell('REPLICAOF', '127.0.0.1', 1);
      try {
        for (const act of [() => store.claim('new', 60_000), () => store.complete(claim, 2)]) {
          const error = await failure(act());
          expect(error.message).toMatch(/^Redis refused to \w+ an outcome \(.*READONLY.*\)\. .*connect to the primary/);
        }
      } finally {
        await redis.tell('REPLICAOF', 'NO', 'ONE');
      }
      expect(await store.complete(claim, 2)).toBe(true);
    });

    it('says so when its memory is full', async () => {
      const store = new RedisInbox({ client: clients.connect(redis.url) });
      const claim = await claimed(store, 'before');
      await redis.tell('CONFIG', 'SET', 'maxmemory', 1);
      try {
        const error = await failure(store.claim('new', 60_000));
        expect(error.message).toMatch(/OOM.*raise maxmemory/);
      } finally {
        await redis.tell('CONFIG', 'SET', 'maxmemory', 0);
      }
      expect(await store.complete(claim, 2)).toBe(true);
    });

    it('goes on when the scripts are gone from it', async () => {
      const store = new RedisInbox({ client: clients.connect(redis.url) });
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
      expect(await store.claim('flushed', 1000)).toMatchObject({ status: 'claimed', lastApplied: 6 });
    });

    it('needs a few hundred bytes of it for an outcome', async () => {
      const client = clients.connect(redis.url);
      const store = new RedisInbox({ client, commandTimeoutMs: 60_000 });
      for (let i = 0; i < 1_000; i++) {
        await store.complete(await claimed(store, `payment:60cc09bce4b0f1c0b83761c9:P1795${1e15 + i}`), 2);
      }
      const keys = await client.keys('*60cc09bce4b0f1c0b83761c9*');
      // The server's own total would also hold the buffers of its clients, which it frees when it likes.
      const sizes = await Promise.all(keys.map((key) => client.memory('USAGE', key)));
      const bytes = sizes.reduce<number>((sum, size) => sum + size!, 0) / 1_000;
      expect(bytes).toBeGreaterThan(50);
      expect(bytes).toBeLessThan(400);
    });
  });

  it('that persists: claims and handled outcomes survive its restart', async () => {
    redis = await OwnRedis.start('--appendonly', 'yes', '--appendfsync', 'always');
    try {
      const store = new RedisInbox({ client: clients.connect(redis.url) });
      await store.complete(await eventually(() => claimed(store, 'handled')), 2);
      const held = await claimed(store, 'held');
      await redis.stop();
      await redis.start();
      expect(await eventually(() => store.claim('handled', 1000))).toMatchObject({ status: 'claimed', lastApplied: 2 });
      expect(await store.claim('held', 1000)).toEqual({ status: 'busy' });
      expect(await store.complete(held, 2)).toBe(true);
    } finally {
      await remove();
    }
  });

  it('that requires a password: says so, and reveals no password', async () => {
    redis = await OwnRedis.start('--requirepass', 'the-right-one');
    try {
      for (const url of [redis.url, redis.url.replace('//', '//:the-wrong-one@')]) {
        const client = clients.connect(url, ADVISED);
        const store = new RedisInbox({ client });
        const messages: string[] = [];
        await until(async () => {
          messages.push((await failure(store.claim('new', 60_000))).message);
          return messages.at(-1)!.includes('password');
        });
        expect(messages.join('\n')).not.toMatch(/the-(right|wrong)-one/);
      }
    } finally {
      await remove();
    }
  });

  describe('Cluster', () => {
    let cluster: Cluster;
    let nodeCluster: ReturnType<typeof createCluster> | undefined;

    afterAll(async () => {
      cluster?.disconnect();
      nodeCluster?.destroy();
      await remove();
    });

    describeInbox('RedisInbox on Redis Cluster', async () => {
      redis = await OwnRedis.start('--cluster-enabled', 'yes');
      await redis.tell('CONFIG', 'SET', 'cluster-announce-ip', redis.host);
      const slots = Array.from({ length: 16_384 }, (_, slot) => slot);
      await redis.tell('CLUSTER', 'ADDSLOTS', ...slots);
      await eventually(async () => {
        const info = String(await redis.tell('CLUSTER', 'INFO'));
        if (!info.includes('cluster_state:ok')) throw new Error(info);
      });
      cluster = new Cluster([redis.url]);
      nodeCluster = createCluster({ rootNodes: [{ url: redis.url }] });
      nodeCluster.on('error', () => {});
      await nodeCluster.connect();
      const stores = [new RedisInbox({ client: cluster }), new RedisInbox({ client: nodeCluster })];
      return { stores, pass: (ms) => pass(cluster.nodes('master')[0]!, ms) };
    });
  });
});
