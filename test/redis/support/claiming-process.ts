import { Redis } from 'ioredis';
import type { Claim } from '../../../lib/outcome/outcome-store.js';
import { RedisOutcomeStore } from '../../../lib/redis/index.js';

/** What a process of its own is told to do; it answers each with what it has claimed. */
export type ClaimingOrder =
  /** Claim each subject and complete it. */
  | { name: 'race'; subjects: string[] }
  /** Claim one subject and keep its lease alive. */
  | { name: 'hold'; subject: string; leaseMs: number };

const [url, prefix] = process.argv.slice(2) as [string, string];
const client = new Redis(url);
const store = new RedisOutcomeStore({ client, prefix });

async function race(subjects: string[]): Promise<Claim[]> {
  const results = await Promise.all(
    subjects.map(async (subject) => {
      const result = await store.claim(subject, 60_000);
      if (result.status === 'busy') return [];
      if (result.delivered !== undefined) {
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
  if (result.status === 'busy') return [];
  setInterval(() => void store.renew(result.claim, leaseMs), leaseMs / 3);
  return [result.claim];
}

async function follow(order: ClaimingOrder): Promise<void> {
  process.send!(await (order.name === 'race' ? race(order.subjects) : hold(order.subject, order.leaseMs)));
}

process.on('message', (order: ClaimingOrder) => void follow(order));
process.on('disconnect', () => process.exit());

await client.ping();
process.send!('ready');
