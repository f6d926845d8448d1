import { html, type Html } from '../../http/html.js';
import { icon, type IconName } from './icons.js';
import type { EntryKind } from '../../dialects/dialect.js';
import type { EntryTexts } from './texts/entry-texts.js';
import type { TimelineEvent } from './timeline/timeline-input.js';

/** The significance of a state; it determines the colours. */
export type Tone = TimelineEvent['tone'];

const ORDER_LOOKS: Readonly<Record<number, readonly [Tone, IconName]>> = {
  0: ['neutral', 'circle'],
  1: ['brand', 'dots'],
  2: ['success', 'check'],
  3: ['danger', 'cross'],
  4: ['neutral', 'ban'],
  5: ['warning', 'back'],
  6: ['neutral', 'ban'],
};

const TRANSFER_LOOKS: Readonly<Record<number, readonly [Tone, IconName]>> = {
  0: ['neutral', 'circle'],
  1: ['brand', 'dots'],
  2: ['success', 'check'],
  3: ['danger', 'cross'],
  4: ['neutral', 'ban'],
};

export function stateTone(kind: EntryKind, state: number): Tone {
  return look(kind, state)[0];
}

/** The name of the state, or its number if it has none. */
export function stateName(kind: EntryKind, state: number, texts: EntryTexts): string {
  const names: Readonly<Record<number, string>> = kind === 'order' ? texts.orderStates : texts.transferStates;
  return names[state] ?? String(state);
}

/** The state with its number in the protocol. */
export function stateBadge(kind: EntryKind, state: number, texts: EntryTexts): Html {
  const [tone, picture] = look(kind, state);
  return badge(tone, picture, html`${stateName(kind, state, texts)} <span class="badge__number">${state}</span>`);
}

export function badge(tone: Tone, picture: IconName, content: Html | string): Html {
  return html`<span class="badge badge--${tone}">${icon(picture)}<span>${content}</span></span>`;
}

function look(kind: EntryKind, state: number): readonly [Tone, IconName] {
  return (kind === 'order' ? ORDER_LOOKS : TRANSFER_LOOKS)[state] ?? ['neutral', 'circle'];
}
