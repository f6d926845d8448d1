import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { MemoryOutcomeStore } from '../../lib/outcome/memory-outcome-store.js';
import { describeOutcomeStore } from './outcome-store.contract.js';

const MIB = 2 ** 20;

describeOutcomeStore('MemoryOutcomeStore', async () => [new MemoryOutcomeStore()]);

describe('MemoryOutcomeStore', () => {
  it('forgets the outcomes of the subjects that were not asked about for longest', async () => {
    const store = new MemoryOutcomeStore(2);
    const deliver = async (subject: string) => {
      const result = await store.claim(subject, 1000);
      if (result.status === 'claimed') await store.complete(result.claim, 2);
      return result;
    };
    await deliver('a');
    await deliver('b');
    await deliver('a');
    await deliver('c');
    expect(await deliver('a')).toMatchObject({ delivered: 2 });
    expect(await deliver('b')).toMatchObject({ delivered: undefined });
  });

  it('takes one million outcomes in a heap that stays flat', async () => {
    const store = new MemoryOutcomeStore();
    const heapAfter: number[] = [];
    for (let i = 1; i <= 1_000_000; i++) {
      const result = await store.claim(`payment:60cc09bce4b0f1c0b83761c9:P1795${1e15 + i}`, 30_000);
      if (result.status !== 'claimed') throw new Error('A subject of its own is busy.');
      // Some claims are given back, as when a handler throws; their leases must not pile up either.
      if (i % 10 === 0) await store.release(result.claim);
      else await store.complete(result.claim, 2);
      if (i === 200_000 || i === 1_000_000) heapAfter.push(heapInUse());
    }
    expect(heapAfter[1]! - heapAfter[0]!).toBeLessThan(2 * MIB);
  }, 60_000);

  it('keeps nothing of a notify but the order that it was about', async () => {
    const store = new MemoryOutcomeStore();
    const before = heapInUse();
    for (let i = 0; i < 20_000; i++) {
      const body = `payOrderId=P1795${1e15 + i}&extParam=${`${i},`.repeat(400)}`;
      const subject = `payment:60cc09bce4b0f1c0b83761c9:${body.slice('payOrderId='.length, body.indexOf('&'))}`;
      const result = await store.claim(subject, 30_000);
      if (result.status === 'claimed') await store.complete(result.claim, 2);
    }
    // Whole notifies would be 40 MiB.
    expect(heapInUse() - before).toBeLessThan(10 * MIB);
    expect(await store.claim('payment:60cc09bce4b0f1c0b83761c9:P17951000000000000000', 30_000)).toMatchObject({
      delivered: 2,
    });
  });
});

function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
