import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawTimeline } from '../../../../sandbox/gateway/pages/dashboard/timeline/draw-timeline.js';
import { stackRows } from '../../../../sandbox/gateway/pages/dashboard/timeline/stack-rows.js';
import type { Delivery, TimelineEvent } from '../../../../sandbox/gateway/pages/dashboard/timeline/timeline-input.js';
import {
  layoutTimeline,
  MARK_WIDTH,
  WIDTH,
} from '../../../../sandbox/gateway/pages/dashboard/timeline/timeline-layout.js';
import { timeScale } from '../../../../sandbox/gateway/pages/dashboard/timeline/time-scale.js';

const START = 1_795_555_000_000;
const SCHEDULE = [0, 30_000, 90_000, 180_000, 300_000, 450_000];
const LONGEST_GAP = 155_000;

const time = fc.integer({ min: START, max: START + 10_000_000 });
const attempt = fc.record({
  number: fc.integer({ min: 1, max: 99 }),
  at: time,
  durationMs: fc.integer({ min: 0, max: 40_000 }),
  outcome: fc.constantFrom('acknowledged' as const, 'refused' as const, 'unanswered' as const, 'under-way' as const),
});
const delivery: fc.Arbitrary<Delivery> = fc
  .record({ at: time, attempts: fc.array(attempt, { maxLength: 12 }), acknowledged: fc.boolean() })
  .map(({ at, attempts, acknowledged }) => ({ ...announcedAt(at), acknowledged, attempts }));
const event: fc.Arbitrary<TimelineEvent> = fc.record({
  at: time,
  lane: fc.constantFrom('order' as const, 'request' as const),
  label: fc.string({ maxLength: 40 }),
  tone: fc.constantFrom('neutral' as const, 'danger' as const),
});

function announcedAt(at: number): Delivery {
  const planned = SCHEDULE.map((offsetMs, index) => ({
    slot: index + 1,
    offsetMs,
    at: at + offsetMs,
    status: 'due' as const,
  }));
  return { number: 1, state: 2, announcedAt: at, acknowledged: false, attempts: [], planned };
}

describe('the scale of the timeline', () => {
  it('runs evenly, and cuts a long wait short', () => {
    const scale = timeScale([0, 100, 100_000, 100_100], 200, 0, 1_000);
    expect(scale.breaks).toEqual([{ from: 100, to: 100_000 }]);
    expect(scale.place(100) - scale.place(0)).toBeCloseTo(scale.place(100_100) - scale.place(100_000));
    expect(scale.place(100_000) - scale.place(100)).toBeLessThan(300);
    expect([scale.place(0), scale.place(100_100)]).toEqual([0, 1_000]);
  });

  it('never turns back nor leaves the drawing', () => {
    fc.assert(
      fc.property(fc.array(time, { minLength: 1 }), fc.array(time, { minLength: 2 }), (times, asked) => {
        const scale = timeScale(times, LONGEST_GAP, 28, 972);
        let last = 28;
        for (const at of asked.toSorted((a, b) => a - b)) {
          expect(scale.place(at)).toBeGreaterThanOrEqual(last);
          last = scale.place(at);
        }
        expect(last).toBeLessThanOrEqual(972.000001);
      }),
    );
  });
});

describe('rows', () => {
  it('hold stretches that do not touch', () => {
    const stretch = fc.tuple(fc.nat(1_000), fc.nat(100)).map(([start, length]) => ({ start, end: start + length }));
    fc.assert(
      fc.property(fc.array(stretch), (stretches) => {
        const rows = stackRows(stretches, 4);
        for (const [i, one] of stretches.entries()) {
          for (const [j, other] of stretches.entries()) {
            if (i >= j || rows[i] !== rows[j]) continue;
            expect(one.end + 4 <= other.start || other.end + 4 <= one.start).toBe(true);
          }
        }
      }),
    );
  });
});

describe('the timeline', () => {
  it('stands the marks of the schedule in its proportions', () => {
    const { deliveryLanes } = layoutTimeline({
      events: [],
      deliveries: [announcedAt(START)],
      longestGap: LONGEST_GAP,
    });
    const places = deliveryLanes[0]!.planned.map(({ x }) => x);
    const unit = places[1]! - places[0]!;
    expect(places.map((x) => Math.round((x - places[0]!) / unit))).toEqual([0, 1, 3, 6, 10, 15]);
  });

  it('keeps everything inside, and no attempt over another', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.array(delivery, { maxLength: 3 }), (events, deliveries) => {
        const layout = layoutTimeline({ events, deliveries, longestGap: LONGEST_GAP, now: START });
        let { bottom } = layout.requestLane ?? layout.orderLane;
        for (const lane of layout.deliveryLanes) {
          expect(lane.top).toBeGreaterThan(bottom);
          ({ bottom } = lane);
          for (const [index, one] of lane.attempts.entries()) {
            expect(one.x).toBeGreaterThanOrEqual(0);
            expect(one.x + one.width).toBeLessThanOrEqual(WIDTH);
            expect(one.y).toBeLessThan(lane.bottom);
            for (const other of lane.attempts.slice(index + 1).filter(({ y }) => y === one.y)) {
              const [left, right] = one.x <= other.x ? [one, other] : [other, one];
              expect(left.x + left.width + MARK_WIDTH).toBeLessThanOrEqual(right.x);
            }
          }
        }
        expect(bottom).toBeLessThan(layout.height);
      }),
    );
  });

  it('is drawn as SVG in which foreign text is text', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 5 }), fc.array(delivery, { maxLength: 2 }), (events, deliveries) => {
        const layout = layoutTimeline({ events, deliveries, longestGap: LONGEST_GAP });
        const svg = drawTimeline(layout, {
          language: 'en',
          summary: '"><script>',
          orderLane: 'Order',
          requestLane: 'Requests',
          notifyLane: (state) => `Notify ${state}`,
          now: 'now',
          outcomes: { acknowledged: 'a', refused: 'r', unanswered: 'u', 'under-way': 'w' },
        }).text;
        expect(svg).not.toMatch(/<(?!\/?(?:svg|rect|text|path|circle|g|title)[\s>])/);
        expect(svg.replaceAll(/>[^<]*</g, '><')).not.toContain('NaN');
        const attempts = deliveries.reduce((sum, one) => sum + one.attempts.length, 0);
        expect(svg.split('class="attempt attempt--')).toHaveLength(attempts + 1);
      }),
      { numRuns: 40 },
    );
  });
});
