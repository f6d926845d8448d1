/** What a field may hold. A number, and a count of minor units, stays as it is; undefined is an empty field. */
export type CsvValue = string | number | bigint | undefined;

/** What spreadsheets take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** A record as RFC 4180 writes it. Text that a spreadsheet would run as a formula begins with `'`. */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

function csvField(value: CsvValue): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
