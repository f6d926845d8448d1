import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { NotifyRefusal } from '../../lib/protocol/notify/notify-refusal.js';
import { logged, recordingLogger } from '../support/recording-logger.js';

let log: RefusalLog;

beforeEach(() => {
  jest.useFakeTimers();
  Logger.overrideLogger(recordingLogger);
  logged.length = 0;
  log = new RefusalLog();
});
afterEach(() => {
  log.end();
  jest.useRealTimers();
});

function refuse(count: number, reason: NotifyRefusal['reason'] = 'bad-signature'): void {
  for (let index = 0; index < count; index++) log.report(new NotifyRefusal(reason, `number ${index}`));
}

it('gives each of the first ten refusals a line, and then tells how many more there were', () => {
  refuse(12);
  refuse(3, 'too-large');
  expect(logged).toHaveLength(10);
  expect(logged[9]).toBe('A notify was refused (bad-signature): number 9 Pass2PayNotify');
  jest.advanceTimersByTime(1_000);
  expect(logged.slice(10)).toEqual([
    'More notifies were refused within 1 s: bad-signature: 2, too-large: 3. Pass2PayNotify',
  ]);
});

it('logs in full again when the flood is over', () => {
  refuse(1_000);
  jest.advanceTimersByTime(1_000);
  logged.length = 0;
  refuse(1);
  expect(logged).toEqual(['A notify was refused (bad-signature): number 0 Pass2PayNotify']);
  jest.advanceTimersByTime(1_000);
  expect(logged).toHaveLength(1);
});

it('says what it has left out when the application ends within the second', () => {
  refuse(15);
  log.onApplicationShutdown();
  expect(logged[10]).toBe('More notifies were refused within 1 s: bad-signature: 5. Pass2PayNotify');
});
