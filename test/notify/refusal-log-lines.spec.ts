import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { NotifyRefusal, type NotifyRefusalReason } from '../../lib/protocol/notify/notify-refusal.js';
import { lines, recordLines } from '../support/log-lines.js';

const LINE = 'warn Pass2PayNotify: A notify was refused (bad-signature): it is forged';

describe('the log of refused notifies', () => {
  let clock: FakeTimers.Clock;
  let log: RefusalLog;
  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
    recordLines();
    log = new RefusalLog();
  });
  afterEach(() => {
    clock.uninstall();
  });

  const refuse = (times: number, reason: NotifyRefusalReason = 'bad-signature') => {
    for (let i = 0; i < times; i++) log.report(new NotifyRefusal(reason, 'it is forged'));
  };
  const newLines = () => lines.splice(0);

  it('has each of the first ten in a second', () => {
    refuse(10);
    expect(lines).toStrictEqual(Array.from({ length: 10 }, () => LINE));
    clock.tick(1_000);
    expect(lines).toHaveLength(10);
  });

  it('has the number of the others by their reasons, when the second is over', () => {
    refuse(10);
    newLines();
    refuse(2);
    refuse(1, 'address');
    clock.tick(999);
    expect(lines).toStrictEqual([]);
    clock.tick(1);
    expect(lines).toStrictEqual([
      'warn Pass2PayNotify: More notifies were refused within 1 s: bad-signature: 2, address: 1.',
    ]);
  });

  it('begins anew after each second', () => {
    refuse(11);
    clock.tick(1_000);
    newLines();
    refuse(11, 'address');
    expect(newLines()).toHaveLength(10);
    clock.tick(1_000);
    expect(lines).toStrictEqual(['warn Pass2PayNotify: More notifies were refused within 1 s: address: 1.']);
  });

  it('counts a second from its first refusal', () => {
    refuse(1);
    clock.tick(600);
    refuse(10);
    newLines();
    clock.tick(400);
    expect(lines).toHaveLength(1);
  });

  it('needs a timer only while there are refusals', () => {
    expect(clock.countTimers()).toBe(0);
    refuse(2);
    expect(clock.countTimers()).toBe(1);
    clock.tick(1_000);
    expect(clock.countTimers()).toBe(0);
  });

  it('has the number of the others when the application shuts down', () => {
    refuse(12);
    newLines();
    log.onApplicationShutdown();
    expect(lines).toStrictEqual(['warn Pass2PayNotify: More notifies were refused within 1 s: bad-signature: 2.']);
    expect(clock.countTimers()).toBe(0);
  });

  it('has nothing more to say at the shutdown if all were logged', () => {
    log.onApplicationShutdown();
    refuse(10);
    newLines();
    log.onApplicationShutdown();
    expect(lines).toStrictEqual([]);
  });

  it('has a whole second after an early end', () => {
    refuse(1);
    clock.tick(500);
    log.end();
    refuse(11);
    newLines();
    clock.tick(500);
    expect(lines).toStrictEqual([]);
    clock.tick(500);
    expect(lines).toHaveLength(1);
  });
});

it('the log of refused notifies does not keep the process alive', () => {
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  recordLines();
  const log = new RefusalLog();
  const before = timers();
  log.report(new NotifyRefusal('bad-signature', 'it is forged'));
  expect(timers()).toBe(before);
  log.end();
});
