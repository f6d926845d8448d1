import type { View } from './dashboard-view.js';
import type { ToldEvent } from './event-table.js';
import { html, type Html } from '../../http/html.js';
import type { EntryKind } from '../../dialects/dialect.js';
import { GAPS_MS } from '../../notify/notify-gaps.js';
import { stateName } from './state-badge.js';
import { ENTRY_TEXTS } from './texts/entry-texts.js';
import { ORDER_PAGE_TEXTS } from './texts/order-page-texts.js';
import { drawTimeline, outcomeMark, plannedMark } from './timeline/draw-timeline.js';
import type { AttemptOutcome, Delivery } from './timeline/timeline-input.js';
import { layoutTimeline } from './timeline/timeline-layout.js';

/** A little more than the longest delay is drawn to scale, because each delay begins when the attempt before it ends. */
const MORE_MS = 5_000;
const REFRESH_MS = 1_000;
const OUTCOMES: readonly AttemptOutcome[] = ['acknowledged', 'refused', 'unanswered', 'under-way'];

/** The drawing of an order's events and notify attempts, with its legend. */
export function timelineFigure(
  kind: EntryKind,
  events: readonly ToldEvent[],
  deliveries: readonly Delivery[],
  view: View,
): Html {
  const texts = ORDER_PAGE_TEXTS[view.language];
  const { notifySchedule, notifySpeed } = view.options;
  const isUnderWay = deliveries.some(
    ({ nextAt, attempts }) => nextAt !== undefined || attempts.some(({ outcome }) => outcome === 'under-way'),
  );
  const layout = layoutTimeline({
    events,
    deliveries,
    now: isUnderWay ? view.now : undefined,
    longestGap: (Math.max(...GAPS_MS[notifySchedule]) + MORE_MS) / notifySpeed,
  });
  const drawing = drawTimeline(layout, {
    language: view.language,
    summary: `${texts.timeline}. ${texts.timelineAlternative}`,
    orderLane: texts.orderLane,
    requestLane: texts.requestLane,
    notifyLane: (state) => texts.notifyLane(stateName(kind, state, ENTRY_TEXTS[view.language])),
    now: texts.timelineNow,
    outcomes: texts.outcomes,
  });
  return html`<figure class="card panel timeline" ${isUnderWay && html`data-refresh-every="${REFRESH_MS}"`}>
    <figcaption><h2>${texts.timeline}</h2></figcaption>
    <div
      class="scroll timeline__scroll"
      id="timeline-scroll"
      role="region"
      tabindex="0"
      aria-label="${texts.scrollable}"
    >
      ${drawing}
    </div>
    ${deliveries.length > 0 && legend(texts)}
  </figure>`;
}

function legend(texts: (typeof ORDER_PAGE_TEXTS)['en']): Html {
  return html`<ul class="legend">
    <li>
      <svg viewBox="-10 -12 20 16" width="18" height="14" aria-hidden="true">${plannedMark('made')}</svg
      >${texts.planned}
    </li>
    <li>
      <svg viewBox="-10 -12 20 16" width="18" height="14" aria-hidden="true">${plannedMark('skipped')}</svg
      >${texts.skipped}
    </li>
    ${OUTCOMES.map(
      (outcome) =>
        html`<li>
          <svg class="mark mark--${outcome}" viewBox="-10 -10 20 20" width="18" height="18" aria-hidden="true">
            ${outcomeMark(outcome)}</svg
          >${texts.outcomes[outcome]}
        </li>`,
    )}
  </ul>`;
}
