import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import type { Claim } from '../../lib/outcomes/inbox.js';
import { LeaseKeeper } from '../../lib/outcomes/lease-keeper.js';
import { MemoryInbox } from '../../lib/outcomes/memory-inbox.js';

const LEASE_MS = 30_000;

/** Counts the renewals of each subject, with the lease asked for; those of `broken` fail. */
class WatchedInbox extends MemoryInbox {
  renewals: [string, number][] = [];

  override renew({ subject }: Claim, leaseMs: number): Promise<boolean> {
    this.renewals.push([subject, leaseMs]);
    return subject === 'broken' ? Promise.reject(new Error('no connection')) : Promise.resolve(true);
  }
}

const claimOf = (subject: string): Claim => ({ subject, fence: '1' });

describe('LeaseKeeper', () => {
  let clock: FakeTimers.Clock;
  let inbox: WatchedInbox;
  let failures: [Claim, unknown][];
  let keeper: LeaseKeeper;

  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['setInterval', 'clearInterval'] });
    inbox = new WatchedInbox();
    failures = [];
    keeper = new LeaseKeeper(inbox, LEASE_MS, (...failure) => failures.push(failure));
  });
  afterEach(() => {
    clock.uninstall();
  });

  it('extends each lease by its whole length, every third of it', async () => {
    keeper.hold(claimOf('a'));
    keeper.hold(claimOf('b'));
    await clock.tickAsync(LEASE_MS / 3 - 1);
    expect(inbox.renewals).toEqual([]);
    await clock.tickAsync(1);
    expect(inbox.renewals).toEqual([
      ['a', LEASE_MS],
      ['b', LEASE_MS],
    ]);
    await clock.tickAsync(LEASE_MS);
    expect(inbox.renewals).toHaveLength(8);
  });

  it('does not extend a lease that was released', async () => {
    const [released, kept] = [claimOf('released'), claimOf('kept')];
    keeper.hold(released);
    keeper.hold(kept);
    keeper.release(released);
    await clock.tickAsync(LEASE_MS / 3);
    expect(inbox.renewals).toEqual([['kept', LEASE_MS]]);
  });

  it('needs a timer only while it holds leases', async () => {
    const claim = claimOf('a');
    keeper.hold(claim);
    keeper.release(claim);
    await clock.tickAsync(LEASE_MS / 3);
    expect(clock.countTimers()).toBe(0);
    keeper.hold(claim);
    await clock.tickAsync(LEASE_MS / 3);
    expect(inbox.renewals).toEqual([['a', LEASE_MS]]);
  });

  it('reports a lease that it cannot extend, and tries it again beside the others', async () => {
    const broken = claimOf('broken');
    keeper.hold(broken);
    keeper.hold(claimOf('a'));
    await clock.tickAsync((LEASE_MS / 3) * 2);
    expect(failures).toEqual([
      [broken, new Error('no connection')],
      [broken, new Error('no connection')],
    ]);
    expect(inbox.renewals.filter(([subject]) => subject === 'a')).toHaveLength(2);
  });
});
