import { stackRows } from './stack-rows.js';
import { type TimeScale, timeScale } from './time-scale.js';
import type { Delivery, PlannedAttempt, TimelineAttempt, TimelineEvent } from './timeline-input.js';

/** What is drawn. Times are ms since 1970. */
export interface TimelineInput {
  readonly events: readonly TimelineEvent[];
  readonly deliveries: readonly Delivery[];
  /** Drawn as a line; undefined once nothing more is to come. */
  readonly now?: number;
  /** A gap longer than this, ms, is drawn shorter. */
  readonly longestGap: number;
}

/** Places are units of the drawing, from its upper left corner; `y` is the middle of what is drawn. */
export interface PlacedEvent {
  readonly event: TimelineEvent;
  readonly x: number;
  readonly y: number;
  /** Where its label is, for events of the order. */
  readonly label?: { readonly x: number; readonly y: number; readonly anchor: 'start' | 'end' };
}

export interface PlacedAttempt {
  readonly attempt: TimelineAttempt;
  readonly x: number;
  readonly width: number;
  readonly y: number;
}

interface PlacedPlan {
  readonly planned: PlannedAttempt;
  readonly x: number;
  /** Whether there is room for its time beside that of the one before. */
  readonly isLabelled: boolean;
}

export interface Lane {
  readonly top: number;
  readonly bottom: number;
}

export interface DeliveryLane extends Lane {
  readonly delivery: Delivery;
  readonly planned: readonly PlacedPlan[];
  readonly attempts: readonly PlacedAttempt[];
  readonly nextX?: number;
}

export interface TimelineLayout {
  readonly width: number;
  readonly height: number;
  readonly orderLane: Lane & { readonly events: readonly PlacedEvent[] };
  /** Undefined when there are no requests to draw. */
  readonly requestLane?: Lane & { readonly events: readonly PlacedEvent[] };
  readonly deliveryLanes: readonly DeliveryLane[];
  readonly breaks: readonly { readonly x: number; readonly durationMs: number }[];
  readonly nowX?: number;
}

export const WIDTH = 1_000;
/** Free at both sides, so that marks and their labels do not run over the edge. */
const MARGIN = 28;
const LANE_HEAD = 24;
const LANE_GAP = 14;
const LABEL_HEIGHT = 17;
const ROW_HEIGHT = 24;
/** From the top of a lane to the line on which the marks of the schedule stand. */
export const PLAN_LINE = 50;
/** As much room as the time of a point of the schedule takes. */
const PLAN_LABEL_WIDTH = 30;
const LEAST_BAR = 5;
/** A mark stands at the end of each bar, and its number behind it. */
export const MARK_WIDTH = 30;

export function layoutTimeline(input: TimelineInput): TimelineLayout {
  const scale = timeScale(timesOf(input), input.longestGap, MARGIN, WIDTH - MARGIN);
  const orderLane = placeOrderLane(
    input.events.filter(({ lane }) => lane === 'order'),
    scale,
  );
  const requests = input.events.filter(({ lane }) => lane === 'request');
  let { bottom } = orderLane;
  const requestLane = requests.length === 0 ? undefined : placeRequestLane(requests, bottom + LANE_GAP, scale);
  bottom = requestLane?.bottom ?? bottom;
  const deliveryLanes = input.deliveries.map((delivery) => {
    const lane = placeDelivery(delivery, bottom + LANE_GAP, scale);
    ({ bottom } = lane);
    return lane;
  });
  return {
    width: WIDTH,
    height: bottom + 4,
    orderLane,
    requestLane,
    deliveryLanes,
    breaks: scale.breaks.map(({ from, to }) => ({
      x: (scale.place(from) + scale.place(to)) / 2,
      durationMs: to - from,
    })),
    ...(input.now === undefined ? {} : { nowX: scale.place(input.now) }),
  };
}

function timesOf({ events, deliveries, now }: TimelineInput): number[] {
  return [
    ...events.map(({ at }) => at),
    ...deliveries.flatMap(({ announcedAt, planned, attempts, nextAt }) => [
      announcedAt,
      ...planned.map(({ at }) => at),
      ...attempts.flatMap(({ at, durationMs }) => [at, at + durationMs]),
      ...(nextAt === undefined ? [] : [nextAt]),
    ]),
    ...(now === undefined ? [] : [now]),
  ];
}

/** Labels that would run into each other stand in rows of their own. */
function placeOrderLane(events: readonly TimelineEvent[], scale: TimeScale): TimelineLayout['orderLane'] {
  const y = LANE_HEAD + 8;
  const labels = events.map(({ at, label }) => {
    const x = scale.place(at);
    const width = textWidth(label);
    const anchor = x + width > WIDTH - 4 ? ('end' as const) : ('start' as const);
    const labelX = anchor === 'end' ? Math.min(x + 5, WIDTH - 4) : x - 5;
    return { x: labelX, anchor, start: anchor === 'end' ? labelX - width : labelX, width };
  });
  const rows = stackRows(
    labels.map(({ start, width }) => ({ start, end: start + width })),
    6,
  );
  return {
    top: 0,
    bottom: y + 10 + (Math.max(-1, ...rows) + 1) * LABEL_HEIGHT,
    events: events.map((event, index) => ({
      event,
      x: scale.place(event.at),
      y,
      label: {
        x: labels[index]?.x ?? 0,
        y: y + 22 + (rows[index] ?? 0) * LABEL_HEIGHT,
        anchor: labels[index]?.anchor ?? 'start',
      },
    })),
  };
}

function placeRequestLane(
  events: readonly TimelineEvent[],
  top: number,
  scale: TimeScale,
): NonNullable<TimelineLayout['requestLane']> {
  const y = top + LANE_HEAD + 8;
  return { top, bottom: y + 12, events: events.map((event) => ({ event, x: scale.place(event.at), y })) };
}

function placeDelivery(delivery: Delivery, top: number, scale: TimeScale): DeliveryLane {
  const bars = delivery.attempts.map(({ at, durationMs }) => {
    // The mark and the number behind the last bar must fit in too.
    const x = Math.min(scale.place(at), WIDTH - MARGIN - LEAST_BAR);
    return { x, width: Math.max(LEAST_BAR, scale.place(at + durationMs) - x) };
  });
  const rows = stackRows(
    bars.map(({ x, width }) => ({ start: x, end: x + width + MARK_WIDTH })),
    2,
  );
  const first = top + PLAN_LINE;
  return {
    delivery,
    top,
    bottom: first + Math.max(1, Math.max(-1, ...rows) + 1) * ROW_HEIGHT + 6,
    planned: placePlan(delivery.planned, scale),
    attempts: delivery.attempts.map((attempt, index) => ({
      attempt,
      x: bars[index]?.x ?? 0,
      width: bars[index]?.width ?? LEAST_BAR,
      y: first + (rows[index] ?? 0) * ROW_HEIGHT + ROW_HEIGHT / 2,
    })),
    ...(delivery.nextAt === undefined ? {} : { nextX: scale.place(delivery.nextAt) }),
  };
}

function placePlan(planned: readonly PlannedAttempt[], scale: TimeScale): PlacedPlan[] {
  let lastLabel = -Infinity;
  return planned.map((plan) => {
    const x = scale.place(plan.at);
    const isLabelled = x - lastLabel >= PLAN_LABEL_WIDTH;
    if (isLabelled) lastLabel = x;
    return { planned: plan, x, isLabelled };
  });
}

/** About how wide a label is: 7 units a character, 13 for those of Chinese. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += character > '\u2e7f' ? 13 : 7;
  return width;
}
