import type { Language } from '../language.js';

type TimeUnit = 'day' | 'hour' | 'minute' | 'second';

const UNITS: readonly (readonly [ms: number, unit: TimeUnit])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'hour'],
  [60_000, 'minute'],
  [1_000, 'second'],
];

/** A duration in its two largest units: `450 ms`, `7 min 30 sec`, `2 小时`. */
export function durationText(ms: number, language: Language): string {
  const span = Math.max(0, ms);
  if (span < 999.5) return unitText(Math.round(span), 'millisecond', language);
  if (span < 10_000) return unitText(Math.round(span / 100) / 10, 'second', language);
  const parts: string[] = [];
  let left = Math.round(span / 1_000) * 1_000;
  let taken = 0;
  for (const [unit, name] of UNITS) {
    if (taken === 2 || (taken === 0 && left < unit)) continue;
    taken += 1;
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) parts.push(unitText(count, name, language));
  }
  return parts.join(' ');
}

/**
 * The age, or the time until then if negative, in its largest unit: `5s ago`, `in 2min`. The browser's ages.js updates
 * it.
 */
export function ageText(ms: number, language: Language): string {
  const span = Math.abs(ms);
  const [unit, name] = UNITS.find(([length]) => span >= length) ?? [1_000, 'second' as const];
  const count = Math.floor(span / unit) * (ms > 0 ? -1 : 1);
  return new Intl.RelativeTimeFormat(language, { style: 'narrow' }).format(count, name);
}

/** A position in the notify schedule, in minutes and seconds from its start: `0:30`, `7:30`. */
export function offsetText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The time of day with milliseconds, in the sandbox's time zone, which is the developer's. */
export function clockText(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

/** For the `datetime` of a `time` element; empty for an invalid date. */
export function isoText(time: number): string {
  return Number.isFinite(time) && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : '';
}

function unitText(count: number, unit: TimeUnit | 'millisecond', language: Language): string {
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
}
