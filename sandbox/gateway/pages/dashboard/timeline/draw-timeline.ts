import { durationText, offsetText } from '../formats.js';
import { html, type Html } from '../../../http/html.js';
import type { Language } from '../../language.js';
import type { AttemptOutcome, PlannedAttempt } from './timeline-input.js';
import {
  type DeliveryLane,
  type Lane,
  PLAN_LINE,
  type PlacedAttempt,
  type PlacedEvent,
  type TimelineLayout,
} from './timeline-layout.js';

/** The texts of the drawing. */
export interface TimelineWords {
  readonly language: Language;
  /** The text alternative. */
  readonly summary: string;
  readonly orderLane: string;
  readonly requestLane: string;
  readonly notifyLane: (state: number) => string;
  readonly now: string;
  readonly outcomes: Readonly<Record<AttemptOutcome, string>>;
}

/** The timeline as SVG: colours come from the style sheet, and shapes distinguish the outcomes without colour. */
export function drawTimeline(layout: TimelineLayout, words: TimelineWords): Html {
  const { width, height, orderLane, requestLane, deliveryLanes, breaks, nowX } = layout;
  return html`<svg class="timeline__svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${words.summary}">
    ${drawLane(orderLane, width, words.orderLane)} ${drawStates(orderLane.events)}
    ${orderLane.events.map((placed) => drawEvent(placed))}
    ${
      requestLane && [
        drawLane(requestLane, width, words.requestLane),
        requestLane.events.map((placed) => drawRequest(placed)),
      ]
    }
    ${deliveryLanes.map((lane) => drawDelivery(lane, width, words))}
    ${breaks.map((gap) => drawBreak(gap, height, words.language))}
    ${nowX !== undefined && drawNow(nowX, height, words.now)}
  </svg>`;
}

/** The shape of an outcome, around the origin; also used in the legend and the table. */
export function outcomeMark(outcome: AttemptOutcome): Html {
  switch (outcome) {
    case 'acknowledged':
      return html`<circle r="8" /><path class="mark__sign" d="M-3.6 .2 -1 2.8 3.8 -2.8" />`;
    case 'refused':
      return html`<path d="M0 -9 9 0 0 9 -9 0Z" /><path class="mark__sign" d="M-2.7 -2.7 2.7 2.7M2.7 -2.7 -2.7 2.7" />`;
    case 'unanswered':
      return html`<rect x="-7.5" y="-7.5" width="15" height="15" rx="2" /><path class="mark__sign" d="M-3.4 0H3.4" />`;
    case 'under-way':
      return html`<circle r="7.5" /><path class="mark__sign" d="M-3 0h.01M0 0h.01M3 0h.01" />`;
    default: {
      const unknown: never = outcome;
      throw new Error(`No such outcome: ${String(unknown)}`);
    }
  }
}

/** The mark of a scheduled attempt. */
export function plannedMark(status: PlannedAttempt['status']): Html {
  return html`<path class="plan plan--${status}" d="M-5 -8H5L0 0Z" />`;
}

function drawLane({ top, bottom }: Lane, width: number, label: string): Html {
  return html`<rect
      class="lane"
      x="0.5"
      y="${round(top + 0.5)}"
      width="${width - 1}"
      height="${round(bottom - top)}"
      rx="8"
    />
    <text class="lane__label" x="10" y="${round(top + 16)}">${label}</text>`;
}

/** Bands between the order's states. */
function drawStates(events: readonly PlacedEvent[]): Html[] {
  return events.slice(0, -1).map((placed, index) => {
    const next = events[index + 1];
    return html`<path
      class="band tone--${placed.event.tone}"
      d="M${round(placed.x)} ${placed.y}H${round(next?.x ?? placed.x)}"
    />`;
  });
}

function drawEvent({ event, x, y, label }: PlacedEvent): Html {
  return html`<circle class="dot tone--${event.tone}" cx="${round(x)}" cy="${y}" r="6" />${
      label &&
      html`<text class="event__label" x="${round(label.x)}" y="${label.y}" text-anchor="${label.anchor}"
        >${event.label}</text
      >`
    }`;
}

function drawRequest({ event, x, y }: PlacedEvent): Html {
  const shape = event.tone === 'danger' ? html`<path d="M0 -6 6 0 0 6 -6 0Z" />` : html`<circle r="4.5" />`;
  return html`<g class="request tone--${event.tone}" transform="translate(${round(x)} ${y})"
    >${shape}<title>${event.label}</title></g
  >`;
}

function drawDelivery(lane: DeliveryLane, width: number, words: TimelineWords): Html {
  const { delivery, top, bottom, planned, attempts, nextX } = lane;
  const y = top + PLAN_LINE;
  return html`${drawLane(lane, width, words.notifyLane(delivery.state))}
  ${planned.map(
    ({ planned: plan, x, isLabelled }) =>
      html`<path class="plan-line plan--${plan.status}" d="M${round(x)} ${y}V${round(bottom - 4)}" />
        <g transform="translate(${round(x)} ${y})">${plannedMark(plan.status)}</g>
        ${
          isLabelled &&
          html`<text class="plan__label" x="${round(x)}" y="${y - 12}" text-anchor="middle"
            >${offsetText(plan.offsetMs)}</text
          >`
        }`,
  )}
  ${nextX !== undefined && html`<path class="next" d="M${round(nextX)} ${y + 4}V${round(bottom - 4)}" />`}
  ${attempts.map((placed) => drawAttempt(placed, delivery.number, words))}`;
}

function drawAttempt({ attempt, x, width, y }: PlacedAttempt, delivery: number, words: TimelineWords): Html {
  const title = `${attempt.number}: ${words.outcomes[attempt.outcome]}, ${durationText(attempt.durationMs, words.language)}`;
  const end = round(x + width);
  return html`<g class="attempt attempt--${attempt.outcome}" data-attempt="attempt-${delivery}-${attempt.number}">
    <title>${title}</title>
    <rect class="attempt__bar" x="${round(x)}" y="${y - 4}" width="${round(width)}" height="8" rx="2" />
    <g class="mark mark--${attempt.outcome}" transform="translate(${round(end + 8)} ${y})"
      >${outcomeMark(attempt.outcome)}</g
    >
    <text class="attempt__number" x="${round(end + 19)}" y="${y + 4}">${attempt.number}</text>
  </g>`;
}

function drawBreak({ x, durationMs }: TimelineLayout['breaks'][number], height: number, language: Language): Html {
  return html`<g class="break">
    <path d="M${round(x)} 22V${round(height - 4)}" />
    <text x="${round(x)}" y="16" text-anchor="middle">⋯ ${durationText(durationMs, language)} ⋯</text>
  </g>`;
}

function drawNow(x: number, height: number, label: string): Html {
  return html`<g class="now">
    <path d="M${round(x)} 4V${round(height - 2)}" />
    <text x="${round(x - 5)}" y="14" text-anchor="end">${label}</text>
  </g>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
