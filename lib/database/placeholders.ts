const known = new Map<string, string>();

/** The statement with `$1`, `$2` … in place of each `?`; the module's statements have no other `?`. */
export function numbered(sql: string): string {
  let text = known.get(sql);
  if (text === undefined) {
    let count = 0;
    text = sql.replaceAll('?', () => `$${++count}`);
    known.set(sql, text);
  }
  return text;
}

/** `?, ?, ?`: one for each value. */
export function placeholders(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ');
}
