import type { JournalEntry } from '../../journal/journal-entry.js';
import type { NotifyAttempt } from '../../notify/notify-attempt.js';
import { GAPS_MS } from '../../notify/notify-gaps.js';
import type { ResolvedSandboxOptions } from '../../options.js';
import type { AttemptOutcome, Delivery, PlannedAttempt, TimelineAttempt } from './timeline/timeline-input.js';

type NotifyTimes = Pick<ResolvedSandboxOptions, 'notifySchedule' | 'notifySpeed'>;

type Scheduled = Extract<JournalEntry, { type: 'notify-scheduled' }>;
type Attempted = Extract<JournalEntry, { type: 'notify-attempt' }>;

/**
 * The notifies of an order, from its journal, oldest first.
 *
 * @param now in ms since 1970
 */
export function deliveriesOf(journal: readonly JournalEntry[], times: NotifyTimes, now: number): Delivery[] {
  const scheduled = journal.filter((entry): entry is Scheduled => entry.type === 'notify-scheduled');
  const attempted = journal.filter((entry): entry is Attempted => entry.type === 'notify-attempt');
  const numbers = new Set([...scheduled, ...attempted].map(({ delivery }) => delivery));
  return [...numbers]
    .toSorted((a, b) => a - b)
    .map((number) =>
      deliveryOf(
        number,
        scheduled.filter((entry) => entry.delivery === number),
        attempted.filter((entry) => entry.delivery === number),
        times,
        now,
      ),
    );
}

export function outcomeOf(attempt: NotifyAttempt): AttemptOutcome {
  if (attempt.acknowledged) return 'acknowledged';
  return attempt.error === undefined ? 'refused' : 'unanswered';
}

function deliveryOf(
  number: number,
  scheduled: readonly Scheduled[],
  attempted: readonly Attempted[],
  { notifySchedule, notifySpeed }: NotifyTimes,
  now: number,
): Delivery {
  const acknowledged = attempted.some(({ attempt }) => attempt.acknowledged);
  const announcedAt = Math.min(...scheduled.map(({ dueAt }) => dueAt), ...attempted.map(({ attempt }) => attempt.at));
  const ahead = scheduled.filter((entry) => !isMade(entry, attempted) && !(acknowledged && entry.slot !== undefined));
  const underWay = ahead.filter(({ dueAt }) => dueAt <= now);
  const next = ahead.find(({ dueAt }) => dueAt > now);
  const attempts: TimelineAttempt[] = [
    ...attempted.map(({ attempt, slot }) => ({
      number: attempt.number,
      slot,
      at: attempt.at,
      durationMs: attempt.durationMs,
      outcome: outcomeOf(attempt),
    })),
    ...underWay.map((entry) => ({
      number: entry.number,
      slot: entry.slot,
      at: entry.dueAt,
      durationMs: now - entry.dueAt,
      outcome: 'under-way' as const,
    })),
  ].toSorted((a, b) => a.at - b.at || a.number - b.number);
  const made = new Set(attempts.map(({ slot }) => slot));
  return {
    number,
    state: scheduled[0]?.state ?? attempted[0]?.attempt.state ?? 0,
    announcedAt,
    attempts,
    nextAt: next?.dueAt,
    acknowledged,
    planned: offsetsOf(GAPS_MS[notifySchedule]).map((offsetMs, index): PlannedAttempt => {
      const slot = index + 1;
      const status = made.has(slot) ? 'made' : acknowledged ? 'skipped' : 'due';
      return { slot, offsetMs, at: announcedAt + offsetMs / notifySpeed, status };
    }),
  };
}

/** Offsets of all attempts from the first one, which has no delay. */
function offsetsOf(gapsMs: readonly number[]): number[] {
  const offsets = [0];
  for (const gapMs of gapsMs) offsets.push(offsets.at(-1)! + gapMs);
  return offsets;
}

/**
 * Whether the scheduled attempt has ended. A manual resend and the second attempt of a doubled one have no slot, and
 * are matched by number.
 */
function isMade(entry: Scheduled, attempted: readonly Attempted[]): boolean {
  return attempted.some(
    ({ slot, attempt }) => slot === entry.slot && (slot !== undefined || attempt.number >= entry.number),
  );
}
