import type { Delivery } from './timeline/timeline-input.js';

/** The status of the latest notify of an order. */
export type NotifyStanding =
  | { readonly kind: 'no-url' | 'none' }
  | { readonly kind: 'under-way' | 'acknowledged' | 'given-up'; readonly attempts: number }
  /** `nextAt`: in ms since 1970. */
  | { readonly kind: 'waiting'; readonly attempts: number; readonly nextAt: number };

export function standingOf(notifyUrl: string | undefined, deliveries: readonly Delivery[]): NotifyStanding {
  const latest = deliveries.at(-1);
  if (!latest) return { kind: notifyUrl ? 'none' : 'no-url' };
  const over = latest.attempts.filter(({ outcome }) => outcome !== 'under-way');
  const attempts = over.length;
  if (over.length < latest.attempts.length) return { kind: 'under-way', attempts };
  if (latest.acknowledged) return { kind: 'acknowledged', attempts };
  return latest.nextAt === undefined
    ? { kind: 'given-up', attempts }
    : { kind: 'waiting', attempts, nextAt: latest.nextAt };
}
