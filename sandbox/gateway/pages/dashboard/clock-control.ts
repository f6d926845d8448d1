import type { View } from './dashboard-view.js';
import { clockText, durationText, isoText } from './formats.js';
import { html, type Html } from '../../http/html.js';
import { icon } from './icons.js';
import { FRAME_TEXTS } from './texts/frame-texts.js';

/** The available steps, in ms: the delays of the notify schedule, and the lifetime of a cashier order. */
const STEPS_MS = [1_000, 30_000, 150_000, 900_000];

/** How time passes in the sandbox; with stepped time, also the current time and the buttons to advance it. */
export function clockControl(view: View): Html {
  const { language, options, clock, now } = view;
  const texts = FRAME_TEXTS[language];
  const { notifySpeed } = options;
  const pace = notifySpeed === 1 ? texts.realTime : texts.speed(new Intl.NumberFormat(language).format(notifySpeed));
  const ahead = Math.round((now - Date.now()) / 1_000) * 1_000;
  if (clock.mode !== 'stepped') {
    return html`<p class="clock muted" id="clock" data-refresh data-ahead="${ahead}" title="${texts.clock}">
      ${icon('clock')} ${pace}
    </p>`;
  }
  const next = clock.nextAt;
  return html`<div class="clock" id="clock" data-refresh data-stepped role="group" aria-label="${texts.clock}">
    ${icon('clock')} <span class="muted">${texts.stepped}</span>
    <time class="number" datetime="${isoText(now)}">${clockText(now)}</time>
    ${STEPS_MS.map((ms) => stepButton(ms, String(ms), durationText(ms, language), texts.advanceBy(durationText(ms, language))))}
    ${next !== undefined && next > now && stepButton(Math.ceil(next - now), 'next', texts.toNext, texts.advanceToNext)}
  </div>`;
}

function stepButton(ms: number, id: string, label: string, name: string): Html {
  return html`<button
    type="button"
    class="button button--small"
    id="advance-${id}"
    data-control="/sandbox/clock/advance"
    data-body="${JSON.stringify({ ms })}"
    aria-label="${name}"
  >
    +${label}
  </button>`;
}
