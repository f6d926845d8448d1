import { isSuccess, type OrderKind } from '../../protocol/state-order.js';

export const DAY_MS = 86_400_000;

/** Jitter of delays, so that orders which were created together spread out. */
const JITTER = 0.1;

/** How long a transfer that needs attention is checked once a day, in ms from its report. */
const ATTENTION_MS = 30 * DAY_MS;

/** Tolerance of the last daily check, in ms. */
const HALF_A_DAY_MS = DAY_MS / 2;

export interface CheckWaits {
  everyMs: number;
  maxDelayMs: number;
}

/**
 * Delay until an order's next check, in ms: doubles each time, up to `maxDelayMs`.
 *
 * @param checks number of checks, including this one
 */
export function waitAfter(checks: number, { everyMs, maxDelayMs }: CheckWaits, random: () => number): number {
  const waitMs = Math.min(everyMs * 2 ** (Math.max(checks, 1) - 1), maxDelayMs);
  return Math.round(jittered(waitMs, random));
}

/** When a transfer that needs attention is checked next, in ms since 1970; null: never. */
export function nextAttentionCheck(reportedAt: number, now: number, random: () => number): number | null {
  return dailyUntil(reportedAt + ATTENTION_MS, now, random);
}

/** When a paid order is checked next, in ms since 1970; null: never. */
export function nextPaidCheck(paidAt: number, days: number, now: number, random: () => number): number | null {
  return dailyUntil(paidAt + days * DAY_MS, now, random);
}

/** Whether `recheckPaidDays` applies to an order in this state; transfers are not refunded. */
export function isRechecked(kind: OrderKind, state: number): boolean {
  return kind === 'payment' && isSuccess(kind, state);
}

function dailyUntil(end: number, now: number, random: () => number): number | null {
  return now + DAY_MS > end + HALF_A_DAY_MS ? null : now + Math.round(jittered(DAY_MS, random));
}

function jittered(waitMs: number, random: () => number): number {
  return waitMs * (1 - JITTER + 2 * JITTER * random());
}
