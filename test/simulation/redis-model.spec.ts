import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { RedisInbox } from '../../lib/redis/redis-inbox.js';
import { SCRIPTS } from '../../lib/redis/inbox-scripts.js';
import { describeInbox } from '../outcomes/inbox.contract.js';

import { describeWithRedis, REDIS_URL } from '../support/services.js';
import { RedisModel } from './stores/redis-model.js';

/** What both do: the model at once, the server over its socket. */
interface Server {
  run(script: keyof typeof SCRIPTS, key: string, ...given: readonly (string | number)[]): Promise<unknown>;
  command(name: string, ...given: readonly (string | number)[]): Promise<unknown>;
}

let now = Date.UTC(2024, 5, 1);

describeInbox('RedisInbox on the model of Redis', async () => {
  const redis = new RedisModel(() => now);
  const client = {
    eval: async (source: string, keys: number, ...given: (string | number)[]) => redis.eval(source, keys, ...given),
    evalsha: async (sha: string, keys: number, ...given: (string | number)[]) => redis.evalsha(sha, keys, ...given),
  };
  const pass = async (ms: number) => {
    now += ms;
  };
  return { stores: [new RedisInbox({ client }), new RedisInbox({ client })], pass };
});

await describeWithRedis('the model of Redis, beside the server', () => {
  const client = new Redis(REDIS_URL);
  // The server's clock tells microseconds, so that no two of its fences are made at one time; the model's tells milliseconds.
  let last = 0;
  const model = new RedisModel(() => (last = Math.max(last + 1, Date.now())));
  afterAll(() => client.quit());

  const servers: Server[] = [
    {
      run: (script, key, ...given) => client.eval(SCRIPTS[script].source, 1, key, ...given),
      command: (name, ...given) => client.call(name, ...given),
    },
    {
      run: async (script, key, ...given) => model.eval(SCRIPTS[script].source, 1, key, ...given),
      command: async (name, ...given) => model.command(name, ...given),
    },
  ];

  const LEASE = 600_000;
  const TTL = 3_600_000;
  const mark = fc.constantFrom('aa', 'bb');
  const state = fc.constantFrom(1, 2, 6);
  const stateOrNone = fc.constantFrom('', 2, 6);
  const nth = fc.nat(5);
  const step = fc.oneof(
    fc.tuple(fc.constant('recall' as const)),
    fc.tuple(fc.constant('claim' as const), mark),
    fc.tuple(fc.constant('renew' as const), nth),
    fc.tuple(fc.constant('complete' as const), nth, state, stateOrNone),
    fc.tuple(fc.constant('release' as const), nth, stateOrNone),
    fc.tuple(fc.constant('the lease ends' as const)),
    fc.tuple(fc.constant('somebody writes' as const), fc.constantFrom('fence', 'lastApplied', 'other')),
    fc.tuple(fc.constant('look' as const)),
  );

  /** What the steps come to, with each fence by when it was first seen, and no times. */
  async function told(server: Server, steps: readonly (readonly unknown[])[]): Promise<unknown[]> {
    const key = `pass2pay-model:${randomUUID()}`;
    const fences: string[] = [];
    const nameOf = (fence: string) => {
      if (!fences.includes(fence)) fences.push(fence);
      return `fence ${fences.indexOf(fence)} ${fence.replace(/^\d+/, '')}`;
    };
    const shown = (reply: unknown): unknown => {
      if (Array.isArray(reply)) return reply.map(shown);
      return typeof reply === 'string' && /^\d{10,}-/.test(reply) ? nameOf(reply) : reply;
    };
    const results: unknown[] = [];
    for (const [name, ...given] of steps) {
      const fence = () => fences[Number(given[0]) % Math.max(1, fences.length)] ?? '0-0';
      const run = (): Promise<unknown> => {
        switch (name) {
          case 'recall':
            return server.run('recall', key);
          case 'claim':
            return server.run('claim', key, String(given[0]), LEASE, TTL);
          case 'renew':
            return server.run('renew', key, fence(), LEASE, TTL);
          case 'complete':
            return server.run('complete', key, fence(), String(given[1]), String(given[2]), TTL);
          case 'release':
            return server.run('release', key, fence(), String(given[1]), TTL);
          case 'the lease ends':
            return server.command('HSET', key, 'leaseEnd', '1');
          case 'somebody writes':
            return server.command('HSET', key, String(given[0]), 'x');
          default:
            return server.command('HMGET', key, 'fence', 'lastApplied', 'gatewayState', 'other');
        }
      };
      const result = await run().then(shown, (error: Error) => error.message.replace(/ script: .*/s, ''));
      results.push([name, result, await server.command('HLEN', key)]);
    }
    await server.command('DEL', key);
    return results;
  }

  it('answers as the server does, whatever is asked in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const [real, modelled] = servers;
        expect(await told(modelled!, steps)).toEqual(await told(real!, steps));
      }),
      { numRuns: 300 },
    );
  });

  it('forgets a key whose time to live has ended, as the server does', async () => {
    for (const server of servers) {
      const key = `pass2pay-model:${randomUUID()}`;
      await server.command('HSET', key, 'fence', '1-a');
      expect(await server.command('PEXPIRE', key, 0)).toBe(1);
      expect(await server.command('HLEN', key)).toBe(0);
      expect(await server.command('PEXPIRE', key, 1)).toBe(0);
    }
  });
});
