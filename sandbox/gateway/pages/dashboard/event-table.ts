import type { View } from './dashboard-view.js';
import { clockText, isoText } from './formats.js';
import { html, type Html } from '../../http/html.js';
import type { JournalEntry } from '../../journal/journal-entry.js';
import { isRefused, type RequestEntry } from './refused-requests.js';
import { stateName, stateTone, type Tone } from './state-badge.js';
import type { EntryKind } from '../../dialects/dialect.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { ORDER_PAGE_TEXTS } from './texts/order-page-texts.js';
import type { TimelineEvent } from './timeline/timeline-input.js';

/** An event of an order other than a notify attempt, with its text. */
export interface ToldEvent extends TimelineEvent {
  /** Details that do not fit into the drawing. */
  readonly detail?: string;
}

/** The events of an order's journal, oldest first. */
export function eventsOf(kind: EntryKind, journal: readonly JournalEntry[], view: View): ToldEvent[] {
  const told = journal.flatMap((entry): ToldEvent[] => {
    const event = tell(kind, entry, view);
    return event ? [event] : [];
  });
  return told.toSorted((a, b) => a.at - b.at);
}

export function eventTable(events: readonly ToldEvent[], view: View): Html {
  const texts = ORDER_PAGE_TEXTS[view.language];
  return html`<div class="scroll" role="region" aria-label="${texts.events}" tabindex="0">
    <table class="table">
      <thead>
        <tr>
          <th scope="col">${texts.time}</th>
          <th scope="col">${texts.event}</th>
        </tr>
      </thead>
      <tbody>
        ${events.map(
          ({ at, label, detail, tone }) =>
            html`<tr>
              <td class="number"><time datetime="${isoText(at)}">${clockText(at)}</time></td>
              <td>
                <span class="event-dot tone--${tone}" aria-hidden="true"></span>${label}
                <span class="muted breakable">${detail}</span>
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function tell(kind: EntryKind, entry: JournalEntry, { language }: View): ToldEvent | undefined {
  const words = ENTRY_TEXTS[language];
  const texts = ORDER_PAGE_TEXTS[language];
  const { at } = entry;
  const name = (state: number): string => stateName(kind, state, words);
  switch (entry.type) {
    case 'created':
      return { at, lane: 'order', label: texts.createdEvent, tone: 'neutral' };
    case 'state': {
      if (entry.cause === 'late') {
        const label = texts.lateEvent(name(entry.to), name(entry.from));
        return { at, lane: 'order', label, tone: 'warning' };
      }
      const tone = stateTone(kind, entry.to);
      return { at, lane: 'order', label: name(entry.to), detail: texts.causes[entry.cause], tone };
    }
    case 'request':
      return { at, lane: 'request', label: entry.endpoint ?? entry.path, ...requestWords(entry) };
    case 'fault':
      return entry.action === 'struck'
        ? { at, lane: 'request', label: texts.faultEvent(entry.fault.kind), tone: 'warning' }
        : undefined;
    case 'notify-scheduled':
    case 'notify-attempt':
      return undefined;
    default: {
      const unknown: never = entry;
      throw new Error(`No such entry: ${JSON.stringify(unknown)}`);
    }
  }
}

function requestWords(entry: RequestEntry): { detail: string; tone: Tone } {
  const tone = isRefused(entry) ? 'danger' : entry.fault === undefined ? 'success' : 'warning';
  const parts = [entry.status === undefined ? undefined : `HTTP ${entry.status}`, entry.code, entry.msg, entry.fault];
  return { detail: parts.filter((part) => part !== undefined).join(' · '), tone };
}
