/** Rows of a name and a text, the texts below each other. Rows without a text are left out. */
export function table(rows: readonly (readonly [name: string, text: string | undefined])[], indent = ''): string {
  const kept = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...kept.map(([name]) => name.length));
  return kept.map(([name, text]) => `${indent}${name.padEnd(width)}  ${text}`).join('\n');
}

/** Foreign text for a screen: control characters, which could move its cursor or change its colours, are escaped. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
