/** Rows of a name and a text, with the texts aligned. Rows without a text are left out. */
export function table(rows: readonly (readonly [name: string, text: string | undefined])[], indent = ''): string {
  const kept = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...kept.map(([name]) => name.length));
  return kept.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`).join('\n');
}

/** Rows of cells, each column as wide as its widest cell; the first row is the heading. */
export function columns(
  [heading = [], ...rows]: readonly (readonly string[])[],
  ofHeading: (line: string) => string,
): string {
  const widths = heading.map((_, column) => Math.max(...[heading, ...rows].map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => text + ' '.repeat((widths[column] ?? 0) - widthOf(text)))
      .join('  ')
      .trimEnd();
  return [ofHeading(line(heading)), ...rows.map(line)].join('\n');
}

/** Width in terminal columns: an ideograph and CJK punctuation take two. */
function widthOf(text: string): number {
  return text.length + (text.match(/[\p{Script=Han}\u3000-\u303F\uFF01-\uFF60]/gu)?.length ?? 0);
}

/** Escapes control characters in external text, which could move the cursor or change colours. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
