import type { OrderDifference, OutcomeReport, ReportLine, ReportTotals } from '../outcomes/outcome-report.js';
import { csvRecord, type CsvValue } from './csv.js';

const COLUMNS = [
  'record',
  'line',
  'kind',
  'currency',
  'count',
  'sum',
  'mchNo',
  'appId',
  'mchOrderNo',
  'gatewayId',
  'gatewayState',
  'lastApplied',
  'amount',
  'since',
] as const;

type Row = Partial<Record<(typeof COLUMNS)[number], CsvValue>>;

/** One record per total, then one per differing order. */
export async function* reportCsv(report: OutcomeReport): AsyncGenerator<string> {
  yield csvRecord(COLUMNS);
  for (const row of report.totals.flatMap(rowsOf)) yield recordOf(row);
  for await (const difference of report.differences()) yield recordOf(differenceRow(difference));
}

/** One JSON document; sums are strings, because readers may round JSON numbers. */
export async function* reportJson(report: OutcomeReport): AsyncGenerator<string> {
  const { from, to, mchNo, totals } = report;
  const head = JSON.stringify({ from, to, ...(mchNo !== undefined && { mchNo }), totals }, asText);
  yield `${head.slice(0, -1)},"orders":[`;
  let separator = '\n';
  for await (const difference of report.differences()) {
    yield `${separator}${JSON.stringify(difference)}`;
    separator = ',\n';
  }
  yield ']}\n';
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function rowsOf({ kind, currency, ...lines }: ReportTotals): Row[] {
  return Object.entries<ReportLine>(lines).map(([line, { count, sum }]) => ({
    record: 'total',
    line,
    kind,
    currency,
    count,
    sum,
  }));
}

function differenceRow({ reason, since, ...order }: OrderDifference): Row {
  return { record: 'order', line: reason, since: since.toISOString(), ...order };
}

function recordOf(row: Row): string {
  return csvRecord(COLUMNS.map((column) => row[column]));
}
