import type { NotifySchedule } from '../options.js';

/** Delays before the 2nd to 6th attempt of a notify, in ms. Source: protocol §4. */
export const GAPS_MS: Readonly<Record<NotifySchedule, readonly number[]>> = {
  activemq: [30_000, 60_000, 90_000, 120_000, 150_000],
  rocketmq: [30_000, 60_000, 120_000, 120_000, 180_000],
};
