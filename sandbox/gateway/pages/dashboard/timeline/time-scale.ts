/** A period without events, drawn shorter than it is. */
interface TimeBreak {
  readonly from: number;
  readonly to: number;
}

/** Maps times to positions in the drawing. Times are in ms since 1970, positions in units of the drawing. */
export interface TimeScale {
  /** The position of a time; times outside the range are at its ends. */
  place(time: number): number;
  /** The periods that are drawn shorter. */
  readonly breaks: readonly TimeBreak[];
}

/** The width of a break, as a share of the longest gap that is drawn to scale. */
const BREAK_PART = 0.35;

/**
 * Time is linear from the first to the last of `times`, except that a gap longer than `longestGap` is shortened to a
 * break of a fixed width: otherwise an order that waited for an hour would leave no room for its notifies.
 *
 * @param longestGap in ms, above 0
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
