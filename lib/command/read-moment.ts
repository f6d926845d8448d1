import { readTime } from '../protocol/read-time.js';
import { UsageError } from './usage-error.js';

const MINUTE_MS = 60_000;

/** The offset that `readTime` assumes. */
const CHINA_MINUTES = 8 * 60;

/**
 * A date, which means midnight in China, or a time, in China unless it has an offset.
 *
 * @throws UsageError with the option's name.
 */
export function readMoment(option: string, text: string | undefined): Date {
  const example = 'e.g. 2026-11-25 (midnight in China, UTC+8) or 2026-11-25T09:30:00Z';
  if (text === undefined) throw new UsageError(`${option} is required: a date or a time, ${example}.`);
  const [, day, hours = '00:00', seconds = ':00', zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const inChina = day === undefined ? undefined : readTime(`${day} ${hours}${seconds}`);
  const minutes = zone === undefined ? CHINA_MINUTES : minutesOf(zone);
  if (inChina === undefined || minutes === undefined) {
    throw new UsageError(`${option} ${text} is not a date or a time; use one, ${example}.`);
  }
  return new Date(inChina + (CHINA_MINUTES - minutes) * MINUTE_MS);
}

function minutesOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = zone.slice(1).split(':').map(Number) as [number, number];
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
