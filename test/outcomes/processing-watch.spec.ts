import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ProcessResult } from '../../lib/outcomes/outcome.js';
import { ProcessingWatches } from '../../lib/outcomes/processing-watch.js';
import { paymentEvent } from './support/events.js';

describe('a notify that waits for the processing of its event', () => {
  let watches: ProcessingWatches;
  beforeEach(() => {
    watches = new ProcessingWatches();
  });

  const process = (result: ProcessResult, event = paymentEvent()) => watches.show(event, () => Promise.resolve(result));
  const fail = (message: string) =>
    watches.show(paymentEvent(), () => Promise.reject<ProcessResult>(new Error(message))).catch(() => {});

  it('learns the result, also of a copy of the event', async () => {
    const watch = watches.watch(paymentEvent());
    expect(await process('applied')).toBe('applied');
    expect(await watch.result()).toBe('applied');
  });

  it('learns nothing where nothing was processed, or only another event', async () => {
    const watch = watches.watch(paymentEvent());
    await process('applied', paymentEvent({ payOrderId: 'P2' }));
    await process('applied', paymentEvent({ state: 6 }));
    expect(await watch.result()).toBeUndefined();
  });

  it('learns nothing after its end, while others still do', async () => {
    const [ended, other] = [watches.watch(paymentEvent()), watches.watch(paymentEvent())];
    ended.end();
    await process('applied');
    expect(await ended.result()).toBeUndefined();
    expect(await other.result()).toBe('applied');
  });

  it('leaves nothing behind when the last watch of an event has ended', () => {
    const [one, other] = [watches.watch(paymentEvent()), watches.watch(paymentEvent())];
    one.end();
    expect(watches['byEvent'].size).toBe(1);
    other.end();
    expect(watches['byEvent'].size).toBe(0);
  });

  it('waits for processing that begins while it waits', async () => {
    const watch = watches.watch(paymentEvent());
    let endFirst!: (result: ProcessResult) => void;
    const first = watches.show(paymentEvent(), () => new Promise<ProcessResult>((resolve) => (endFirst = resolve)));
    const result = watch.result();
    const second = process('applied');
    endFirst('unknown-order');
    await Promise.all([first, second]);
    expect(await result).toBe('applied');
  });

  it('takes a success over a failure and over an order that was not found, whatever came first', async () => {
    const watch = watches.watch(paymentEvent());
    await fail('no stock');
    await process('duplicate');
    await process('unknown-order');
    await fail('no stock');
    expect(await watch.result()).toBe('duplicate');
  });

  it('without a success, learns how the last processing ended', async () => {
    const [lost, failed] = [watches.watch(paymentEvent()), watches.watch(paymentEvent())];
    await fail('no stock');
    await process('unknown-order');
    lost.end();
    expect(await lost.result()).toBe('unknown-order');
    await fail('no more stock');
    await expect(failed.result()).rejects.toThrow('no more stock');
  });
});
