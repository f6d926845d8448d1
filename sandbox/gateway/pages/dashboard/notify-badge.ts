import { ageText, durationText, isoText } from './formats.js';
import { html, type Html } from '../../http/html.js';
import type { IconName } from './icons.js';
import type { Language } from '../language.js';
import type { NotifyStanding } from './notify-standing.js';
import { badge, type Tone } from './state-badge.js';
import type { EntryTexts } from './texts/entry-texts.js';

const LOOKS: Readonly<Record<NotifyStanding['kind'], readonly [Tone, IconName] | undefined>> = {
  'no-url': undefined,
  none: undefined,
  'under-way': ['brand', 'send'],
  waiting: ['warning', 'clock'],
  acknowledged: ['success', 'check'],
  'given-up': ['danger', 'cross'],
};

/** The status of an order's latest notify: a word, the number of attempts, and when the next starts. */
export function notifyBadge(standing: NotifyStanding, texts: EntryTexts, language: Language, now: number): Html {
  const look = LOOKS[standing.kind];
  const word = texts.standings[standing.kind];
  if (!look) return html`<span class="muted">${word}</span>`;
  const attempts = 'attempts' in standing && standing.attempts > 0 ? texts.attemptsSoFar(standing.attempts) : undefined;
  const next =
    standing.kind === 'waiting' ? `${texts.nextDue} ${durationText(standing.nextAt - now, language)}` : undefined;
  return html`${badge(look[0], look[1], word)}
    <small class="muted number">${[attempts, next].filter((text) => text !== undefined).join(' · ')}</small>`;
}

/** A time as its age, which the page updates. */
export function ageOf(at: number, now: number, language: Language): Html {
  return html`<time datetime="${isoText(at)}" data-age title="${isoText(at)}">${ageText(now - at, language)}</time>`;
}
