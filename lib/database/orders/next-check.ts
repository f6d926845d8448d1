import { isSuccess, type OrderKind } from '../../protocol/state-order.js';

export const DAY_MS = 86_400_000;

/** How much longer or shorter a wait is made, so that orders which were made together spread. */
const JITTER = 0.1;

/** For how long what a person has to look at is looked at once a day, in ms from when it was reported. */
const ATTENTION_MS = 30 * DAY_MS;

/** How much earlier or later a day's look may be than the end of the days that are left, in ms. */
const HALF_A_DAY_MS = DAY_MS / 2;

export interface CheckWaits {
  everyMs: number;
  maxDelayMs: number;
}

/**
 * How long an order waits for its next look, in ms: twice as long each time, up to `maxDelayMs`.
 *
 * @param checks how often it was looked at, with this time
 */
export function waitAfter(checks: number, { everyMs, maxDelayMs }: CheckWaits, random: () => number): number {
  const waitMs = Math.min(everyMs * 2 ** (Math.max(checks, 1) - 1), maxDelayMs);
  return Math.round(jittered(waitMs, random));
}

/** When what was reported to a person is looked at next, in ms since 1970; null: never. */
export function nextAttentionCheck(reportedAt: number, now: number, random: () => number): number | null {
  return dailyUntil(reportedAt + ATTENTION_MS, now, random);
}

/** When a paid order is looked at next, in ms since 1970; null: never. */
export function nextPaidCheck(paidAt: number, days: number, now: number, random: () => number): number | null {
  return dailyUntil(paidAt + days * DAY_MS, now, random);
}

/** Whether `recheckPaidDays` is about an order in this state: transfers are not refunded. */
export function isRechecked(kind: OrderKind, state: number): boolean {
  return kind === 'payment' && isSuccess(kind, state);
}

function dailyUntil(end: number, now: number, random: () => number): number | null {
  return now + DAY_MS > end + HALF_A_DAY_MS ? null : now + Math.round(jittered(DAY_MS, random));
}

function jittered(waitMs: number, random: () => number): number {
  return waitMs * (1 - JITTER + 2 * JITTER * random());
}
