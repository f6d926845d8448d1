/** The value of a cell; undefined is empty. */
export type Cell = string | number | Date | undefined;

/** Formats aligned columns without trailing blanks. Control characters are shown as `?`. */
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
