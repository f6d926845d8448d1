import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';
import { IS_LONG } from '../support/form.js';
import { describeInbox } from './inbox.contract.js';

const MIB = 2 ** 20;

/** In the long form one million, in a store of the size that the module uses. */
const [OUTCOMES, REMEMBERED] = IS_LONG ? [1_000_000, 100_000] : [60_000, 1_000];

let clock: FakeTimers.Clock;

beforeAll(() => {
  clock = FakeTimers.install({ toFake: ['Date', 'performance'] });
});
afterAll(() => {
  clock.uninstall();
});

describeInbox('MemoryInbox', async () => ({
  stores: [new MemoryInbox()],
  pass: async (ms) => {
    clock.tick(ms);
    await turn();
  },
}));

describe('MemoryInbox', () => {
  it('keeps a claim when the clock is put forward', async () => {
    const store = new MemoryInbox();
    await store.claim('a', 1_000);
    clock.setSystemTime(clock.now + 86_400_000);
    expect(await store.claim('a', 1_000)).toEqual({ status: 'busy' });
    clock.tick(1_000);
    expect(await store.claim('a', 1_000)).toMatchObject({ status: 'claimed' });
  });

  it('forgets the outcomes of the subjects that were not asked about for longest', async () => {
    const store = new MemoryInbox(2);
    const deliver = async (subject: string) => {
      const result = await store.claim(subject, 1000);
      if (result.status === 'claimed') await store.complete(result.claim, 2);
      return result;
    };
    await deliver('a');
    await deliver('b');
    await deliver('a');
    await deliver('c');
    expect(await deliver('a')).toMatchObject({ lastApplied: 2 });
    expect(await deliver('b')).toMatchObject({ lastApplied: undefined });
  });

  it(`takes ${OUTCOMES} outcomes in a heap that stays flat`, async () => {
    const store = new MemoryInbox(REMEMBERED);
    const heapAfter: number[] = [];
    for (let i = 1; i <= OUTCOMES; i++) {
      const result = await store.claim(`payment:60cc09bce4b0f1c0b83761c9:P1795${1e15 + i}`, 30_000);
      if (result.status !== 'claimed') throw new Error('A subject of its own is busy.');
      // Some claims are given back, as when a handler throws; their leases must not pile up either.
      if (i % 2 === 0) await store.release(result.claim);
      else await store.complete(result.claim, 2);
      if (i === (OUTCOMES * 2) / 5 || i === OUTCOMES) heapAfter.push(heapInUse());
    }
    expect(heapAfter[1]! - heapAfter[0]!).toBeLessThan(MIB);
  }, 600_000);

  it('keeps nothing of a notify but the order that it was about', async () => {
    const store = new MemoryInbox();
    const deliver = async (i: number) => {
      const body = `payOrderId=P1795${1e15 + i}&extParam=${`${i},`.repeat(400)}`;
      const subject = `payment:60cc09bce4b0f1c0b83761c9:${body.slice('payOrderId='.length, body.indexOf('&'))}`;
      const result = await store.claim(subject, 30_000);
      if (result.status === 'claimed') await store.complete(result.claim, 2);
    };
    await deliver(0);
    const before = heapInUse();
    for (let i = 1; i <= 5_000; i++) await deliver(i);
    // Whole notifies would be 9 MiB.
    expect(heapInUse() - before).toBeLessThan(3 * MIB);
    expect(await store.claim('payment:60cc09bce4b0f1c0b83761c9:P17951000000000000000', 30_000)).toMatchObject({
      lastApplied: 2,
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
