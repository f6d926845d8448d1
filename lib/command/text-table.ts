/** What a cell may hold; undefined is an empty one. */
export type Cell = string | number | Date | undefined;

/** Lines of columns that stand below each other, without blanks at their ends. What a terminal would obey is shown as `?`. */
export function* textTable(names: readonly string[], rows: readonly (readonly Cell[])[]): Generator<string> {
  const lines = [names, ...rows].map((row) => row.map(shown));
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  for (const line of lines) {
    yield `${line
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()}\n`;
  }
}

function shown(cell: Cell): string {
  if (cell instanceof Date) return cell.toISOString();
  return String(cell ?? '').replaceAll(/[\p{Cc}\p{Cf}]/gu, '?');
}
