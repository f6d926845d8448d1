import { Redis } from 'ioredis';
import type { Claim } from '../../../lib/outcomes/inbox.js';
import { RedisInbox } from '../../../lib/redis/index.js';

/** What a process of its own is told to do; it answers each with what it has claimed. */
export type ClaimingOrder =
  /** Claim each subject and complete it. */
  | { name: 'race'; subjects: string[] }
  /** Claim one subject. */
  | { name: 'hold'; subject: string; leaseMs: number }
  | { name: 'renew'; claim: Claim; leaseMs: number };

const [url, prefix] = process.argv.slice(2) as [string, string];
const client = new Redis(url);
const store = new RedisInbox({ client, prefix });

async function race(subjects: string[]): Promise<Claim[]> {
  const results = await Promise.all(
    subjects.map(async (subject) => {
      const result = await store.claim(subject, 60_000);
      if (result.status === 'busy') return [];
      if (result.lastApplied !== undefined) {
        await store.release(result.claim);
        return [];
      }
      await store.complete(result.claim, 2);
      return [result.claim];
    }),
  );
  return results.flat();
}

async function hold(subject: string, leaseMs: number): Promise<Claim[]> {
  const result = await store.claim(subject, leaseMs);
  return result.status === 'busy' ? [] : [result.claim];
}

async function renew(claim: Claim, leaseMs: number): Promise<Claim[]> {
  return (await store.renew(claim, leaseMs)) ? [claim] : [];
}

async function work(order: ClaimingOrder): Promise<Claim[]> {
  switch (order.name) {
    case 'race':
      return race(order.subjects);
    case 'hold':
      return hold(order.subject, order.leaseMs);
    case 'renew':
      return renew(order.claim, order.leaseMs);
    default:
      return order satisfies never;
  }
}

async function follow(order: ClaimingOrder): Promise<void> {
  process.send!(await work(order));
}

process.on('message', (order: ClaimingOrder) => void follow(order));
process.on('disconnect', () => process.exit());

await client.ping();
process.send!('ready');
