import { stackRows } from './stack-rows.js';
import { type TimeScale, timeScale } from './time-scale.js';
import type { Delivery, PlannedAttempt, TimelineAttempt, TimelineEvent } from './timeline-input.js';

/** The content of the drawing. Times are in ms since 1970. */
export interface TimelineInput {
  readonly events: readonly TimelineEvent[];
  readonly deliveries: readonly Delivery[];
  /** Drawn as a line; undefined if nothing more will happen. */
  readonly now?: number;
  /** Gaps longer than this, in ms, are drawn shorter. */
  readonly longestGap: number;
}

/** Positions are in units of the drawing, from its upper left corner; `y` is the vertical centre. */
export interface PlacedEvent {
  readonly event: TimelineEvent;
  readonly x: number;
  readonly y: number;
  /** The position of its label, for events of the order. */
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
  /** Whether there is room for its time after the previous one. */
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
  /** Undefined if there are no requests to draw. */
  readonly requestLane?: Lane & { readonly events: readonly PlacedEvent[] };
  readonly deliveryLanes: readonly DeliveryLane[];
  readonly breaks: readonly { readonly x: number; readonly durationMs: number }[];
  readonly nowX?: number;
}

export const WIDTH = 1_000;
/** Margin on both sides, so that marks and labels are not cut off. */
const MARGIN = 28;
const LANE_HEAD = 24;
const LANE_GAP = 14;
const LABEL_HEIGHT = 17;
const ROW_HEIGHT = 24;
/** Distance from the top of a lane to the line of the schedule marks. */
export const PLAN_LINE = 50;
/** The width of a schedule mark's time. */
const PLAN_LABEL_WIDTH = 30;
const LEAST_BAR = 5;
/** The width of the mark and the number at the end of each bar. */
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

/** Overlapping labels are placed in separate rows. */
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
    // The mark and the number after the last bar must fit too.
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

/** Approximate width of a label: 7 units per character, 13 per Chinese character. */
function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += character > '\u2e7f' ? 13 : 7;
  return width;
}
