import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/** Resolves when `ms` have passed by the clock of Redis, which times the leases. */
export async function pass(client: Redis, ms: number): Promise<void> {
  const end = (await timeOf(client)) + ms;
  for (let now = await timeOf(client); now < end; now = await timeOf(client)) {
    if (end - now > 5) await sleep(end - now);
  }
}

/** Since 1970, in ms and parts of them. */
async function timeOf(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
