/** A stretch of time in which nothing happens, drawn shorter than it is. */
interface TimeBreak {
  readonly from: number;
  readonly to: number;
}

/** Where a time stands on the drawing. Times are ms since 1970, places are units of the drawing. */
export interface TimeScale {
  /** The place of a time; times before the first and after the last stand at the ends. */
  place(time: number): number;
  /** The stretches that are drawn shorter. */
  readonly breaks: readonly TimeBreak[];
}

/** How much of the drawing a break takes, in parts of the longest gap that is drawn in full. */
const BREAK_PART = 0.35;

/**
 * Time runs evenly from the first to the last of `times`, except that a gap longer than `longestGap` is cut down to a
 * break of a fixed width: an order that waited for an hour would else leave no room for its notifies.
 *
 * @param longestGap ms, above 0
 */
export function timeScale(times: readonly number[], longestGap: number, from: number, to: number): TimeScale {
  const points = [...new Set(times)].toSorted((a, b) => a - b);
  const first = points[0] ?? 0;
  const knots = [{ time: first, drawn: 0 }];
  const breaks: TimeBreak[] = [];
  let drawn = 0;
  for (const [index, time] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined) continue;
    const isBreak = time - before > longestGap;
    if (isBreak) breaks.push({ from: before, to: time });
    drawn += isBreak ? longestGap * BREAK_PART : time - before;
    knots.push({ time, drawn });
  }
  return { place: (time) => from + (drawnAt(time, knots) / (drawn || 1)) * (to - from), breaks };
}

interface Knot {
  readonly time: number;
  readonly drawn: number;
}

function drawnAt(time: number, knots: readonly Knot[]): number {
  const after = knots.findIndex((knot) => knot.time >= time);
  if (after === -1) return knots.at(-1)?.drawn ?? 0;
  const [left, right] = [knots[after - 1], knots[after]];
  if (!left || !right) return right?.drawn ?? 0;
  return left.drawn + ((time - left.time) / (right.time - left.time)) * (right.drawn - left.drawn);
}
