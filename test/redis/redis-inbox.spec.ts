// Real time: leases and keys end by the clock of Redis; the tests wait until that clock says so
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { RESP_TYPES } from 'redis';
import type { Claim } from '../../lib/outcomes/inbox.js';
import { Pass2PayConfigError } from '../../lib/errors/pass2pay.errors.js';
import { RedisInbox, RedisInboxError, type RedisInboxOptions, type RedisScripting } from '../../lib/redis/index.js';
import { describeInbox } from '../outcomes/inbox.contract.js';
import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { pass } from './support/server-clock.js';
import { TestClients } from './support/test-clients.js';

const HOUR = 60 * 60 * 1000;
const WEEK = 7 * 24 * HOUR;

await describeWithRedis('on Redis', () => {
  const prefix = `pass2pay:test:${randomUUID()}:`;
  const clients = new TestClients();
  let client: Redis;

  beforeAll(() => {
    client = clients.connect(REDIS_URL);
  });
  afterAll(async () => {
    const keys = await client.keys(`*${prefix}*`);
    if (keys.length > 0) await client.del(keys);
    clients.disconnect();
  });

  const storeWith = (options: Partial<RedisInboxOptions> = {}) => new RedisInbox({ client, prefix, ...options });

  describeInbox('RedisInbox', async () => ({
    stores: [
      storeWith(),
      storeWith({ client: clients.connect(REDIS_URL, { enableAutoPipelining: true }) }),
      storeWith({ client: clients.connect(REDIS_URL, { stringNumbers: true, enableOfflineQueue: true }) }),
    ],
    pass: (ms) => pass(client, ms),
  }));

  describeInbox('RedisInbox on node-redis, beside ioredis', async () => {
    const bytes = (await clients.connectNode(REDIS_URL)).withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    return {
      stores: [
        storeWith({ client: await clients.connectNode(REDIS_URL) }),
        storeWith(),
        storeWith({ client: bytes }),
        storeWith({ client: await clients.connectNode(REDIS_URL, { RESP: 3 }) }),
      ],
      pass: (ms) => pass(client, ms),
    };
  });

  describe('RedisInbox', () => {
    const newSubject = () => `payment:APP:${randomUUID()}`;
    const claimed = async (store: RedisInbox, subject: string, leaseMs = 60_000): Promise<Claim> => {
      const result = await store.claim(subject, leaseMs);
      if (result.status === 'busy') throw new Error(`${subject} is busy`);
      return result.claim;
    };
    const ttlOf = (subject: string) => client.pttl(prefix + subject);

    it('remembers a handled outcome for seven days, and counts them anew from each', async () => {
      const store = storeWith();
      const subject = newSubject();
      const claim = await claimed(store, subject);
      await client.pexpire(prefix + subject, 5000);
      await store.complete(claim, 6);
      expect(await ttlOf(subject)).toBeGreaterThan(WEEK - HOUR);
      expect(await ttlOf(subject)).toBeLessThanOrEqual(WEEK);

      await client.pexpire(prefix + subject, 5000);
      await store.complete(await claimed(store, subject), 2);
      expect(await ttlOf(subject)).toBeGreaterThan(WEEK - HOUR);
    });

    it('forgets a handled outcome after the TTL that it was given', async () => {
      const store = storeWith({ ttlMs: 100 });
      const subject = newSubject();
      await store.complete(await claimed(store, subject, 50), 2);
      // Redis forgets it in the millisecond after.
      await pass(client, 101);
      expect(await client.exists(prefix + subject)).toBe(0);
      expect(await store.claim(subject, 50)).toMatchObject({ lastApplied: undefined });
    });

    it('does not forget a claim before its lease ends, however short the TTL', async () => {
      const store = storeWith({ ttlMs: 1 });
      const subject = newSubject();
      const claim = await claimed(store, subject, 2 * HOUR);
      expect(await ttlOf(subject)).toBeGreaterThan(HOUR);
      await store.renew(claim, 4 * HOUR);
      expect(await ttlOf(subject)).toBeGreaterThan(3 * HOUR);
    });

    it('remembers what the gateway said for seven days, and counts them anew from each word', async () => {
      const store = storeWith();
      const subject = newSubject();
      const claim = await claimed(store, subject);
      await client.pexpire(prefix + subject, 5000);
      await store.release(claim, 6);
      expect(await ttlOf(subject)).toBeGreaterThan(WEEK - HOUR);
    });

    it('leaves nothing behind of a subject that was given back unhandled', async () => {
      const store = storeWith();
      const subject = newSubject();
      await store.release(await claimed(store, subject));
      expect(await client.exists(prefix + subject)).toBe(0);
    });

    it('gives out fences that grow, also after Redis has forgotten the subject', async () => {
      const store = storeWith();
      const subject = newSubject();
      const fences: number[] = [];
      for (let i = 0; i < 20; i++) {
        const claim = await claimed(store, subject, 1);
        fences.push(Number(claim.fence.split('-')[0]));
        await pass(client, 1);
        if (i % 5 === 0) await client.del(prefix + subject);
        if (i % 5 === 1) await store.complete(claim, 2);
        if (i % 5 === 2) await store.release(claim);
      }
      expect(fences.toSorted((a, b) => a - b)).toEqual(fences);
      expect(new Set(fences).size).toBe(20);
    });

    it('gives out fences that grow, though the clock of Redis was set back', async () => {
      const store = storeWith();
      const subject = newSubject();
      const future = (Date.now() + WEEK) * 1000;
      await client.hset(prefix + subject, { fence: `${future}-0123456789ab`, lastApplied: 6 });
      const claim = await claimed(store, subject);
      expect(claim.fence).toMatch(new RegExp(`^${future + 1}-`));
    });

    it('does not care for the clocks of its clients', async () => {
      const store = storeWith();
      const subject = newSubject();
      await claimed(store, subject, 60_000);
      const { now } = Date;
      Date.now = () => now() + HOUR;
      try {
        expect(await store.claim(subject, 60_000)).toEqual({ status: 'busy' });
      } finally {
        Date.now = now;
      }
    });

    it('keeps to its prefix, beside the client’s own', async () => {
      const subject = newSubject();
      const prefixed = storeWith({ client: clients.connect(REDIS_URL, { keyPrefix: 'shop:' }) });
      await claimed(prefixed, subject);
      expect(await client.exists(`shop:${prefix}${subject}`)).toBe(1);
      expect(await storeWith().claim(subject, 1000)).toMatchObject({ status: 'claimed' });
      expect(await storeWith({ prefix: `${prefix}other:` }).claim(subject, 1000)).toMatchObject({ status: 'claimed' });
    });

    it('bears that the client sends every command twice, as after a broken connection', async () => {
      const twice: RedisScripting = {
        eval: (...command) => client.eval(...command),
        evalsha: async (...command) => {
          await client.evalsha(...command);
          return client.evalsha(...command);
        },
      };
      await storeWith().recall(newSubject());
      await storeWith().claim(newSubject(), 1000);
      await storeWith().renew({ subject: newSubject(), fence: '0' }, 1000);
      await storeWith().complete({ subject: newSubject(), fence: '0' }, 2);
      await storeWith().release({ subject: newSubject(), fence: '0' });

      const store = storeWith({ client: twice });
      const subject = newSubject();
      const claim = await claimed(store, subject);
      expect(await store.renew(claim, 60_000)).toBe(true);
      expect(await store.complete(claim, 6)).toBe(true);
      await store.release(await claimed(store, subject), 3);
      expect(await store.recall(subject)).toEqual({ lastApplied: 6, gatewayState: 3 });
      expect(await storeWith().claim(subject, 1000)).toMatchObject({ status: 'claimed', lastApplied: 6 });
    });

    it.each<[string, (key: string) => Promise<unknown>]>([
      ['a text', (key) => client.set(key, 'yes')],
      ['a list', (key) => client.lpush(key, 'yes')],
      ['a hash with other fields', (key) => client.hset(key, { owner: 'somebody' })],
      ['a hash with more fields', (key) => client.hset(key, { fence: '1-a', lastApplied: 2, owner: 'somebody' })],
      ['a state that is no number', (key) => client.hset(key, { fence: '1-a', lastApplied: 'paid' })],
      ['a gateway state that is no number', (key) => client.hset(key, { fence: '1-a', gatewayState: 'closed' })],
      ['a lease that is no number', (key) => client.hset(key, { fence: '1-a', leaseEnd: 'soon' })],
      ['a fence of another form', (key) => client.hset(key, { fence: 'F1', lastApplied: 2 })],
      ['a state without a fence', (key) => client.hset(key, { lastApplied: 2 })],
    ])('refuses %s under its key, by either client, and leaves it as it is', async (_what, put) => {
      const stores = [storeWith(), storeWith({ client: await clients.connectNode(REDIS_URL) })];
      const subject = newSubject();
      await put(prefix + subject);
      const before = await client.dump(prefix + subject);
      const claim = { subject, fence: '1-a' };
      for (const act of stores.flatMap((store) => [
        () => store.recall(subject),
        () => store.claim(subject, 1000),
        () => store.renew(claim, 1000),
        () => store.complete(claim, 2),
        () => store.release(claim),
      ])) {
        const error = await act().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RedisInboxError);
        expect((error as Error).message).toContain(
          `${prefix}${subject} holds data that RedisInbox did not write. Delete it`,
        );
      }
      expect(await client.dump(prefix + subject)).toBe(before);
    });
  });
});

describe('the options of RedisInbox', () => {
  const client: RedisScripting = { eval: async () => null, evalsha: async () => null };

  it('may be no more than a client', () => {
    expect(() => new RedisInbox({ client })).not.toThrow();
  });

  it.each([{ eval: async () => null }, { evalSha: async () => null }, null, 'redis://127.0.0.1'])(
    'do not take %p for a client',
    (given) => {
      expect(() => new RedisInbox({ client: given as unknown as RedisScripting })).toThrow(
        /inbox\.client must be a client of ioredis, e.g. new Redis\(url\), or of node-redis/,
      );
    },
  );

  it('are checked, and every fault is named', () => {
    const wrong = { client: {}, prefix: '', ttlMs: 0.5, commandTimeoutMs: 0 } as unknown as RedisInboxOptions;
    expect(() => new RedisInbox(wrong)).toThrow(Pass2PayConfigError);
    expect(() => new RedisInbox(wrong)).toThrow(
      /inbox\.client must be a client of ioredis[^]*\.prefix must[^]*\.ttlMs must[^]*\.commandTimeoutMs must/,
    );
    expect(() => new RedisInbox({ client, commandTimeoutMs: 2 ** 31 })).toThrow(/from 1 to 60000/);
  });
});
