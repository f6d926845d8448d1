/** A horizontal range of the drawing. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The row of each range, starting at 0: the first row in which it does not overlap an earlier range. */
export function stackRows(stretches: readonly Stretch[], gap: number): number[] {
  const endsOfRows: number[][] = [];
  return stretches.map(({ start, end }) => {
    const placed = endsOfRows.findIndex((row) => !touches(row, start - gap, end + gap));
    const row = placed === -1 ? endsOfRows.push([]) - 1 : placed;
    endsOfRows[row]?.push(start, end);
    return row;
  });
}

function touches(row: readonly number[], start: number, end: number): boolean {
  for (let i = 0; i + 1 < row.length; i += 2) {
    if (start < (row[i + 1] ?? 0) && end > (row[i] ?? 0)) return true;
  }
  return false;
}
