/** The value of a field. Numbers are written unchanged; undefined is an empty field. */
export type CsvValue = string | number | bigint | undefined;

/** What spreadsheets treat as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A record in RFC 4180 format. Text that a spreadsheet would run as a formula is prefixed with `'`. */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: CsvValue): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
