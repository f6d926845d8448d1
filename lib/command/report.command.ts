import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { SqlReports } from '../database/report/sql-reports.js';
import { tablesOf, type SchemaNames } from '../database/schema/schema-names.js';
import type { SqlDatabase } from '../database/sql-database.js';
import type { OutcomeReport, ReportPeriod } from '../outcomes/outcome-report.js';
import type { Command } from './command.js';
import { DATABASE_OPTIONS, DATABASE_USAGE, databaseAddress } from './database-options.js';
import { withDatabase } from './open-database.js';
import { readMoment } from './read-moment.js';
import { reportCsv, reportJson } from './report-output.js';
import { schemaNames } from './schema-options.js';
import { UsageError } from './usage-error.js';

const OPTIONS = {
  ...DATABASE_OPTIONS,
  from: { type: 'string' },
  to: { type: 'string' },
  'mch-no': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const report: Command = {
  usage: `nestjs-pass2pay report --database-url <url> --from <date> --to <date>
       [--mch-no <mchNo>] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]

Prints the figures of a period for accounting as CSV: sums of payments and transfers by kind and currency, and every
order whose gateway state is not applied. It only reads.

${DATABASE_USAGE}
--from, --to    start (inclusive) and end (exclusive): a date such as 2026-11-25, midnight in China (UTC+8), or a time
                such as 2026-11-25T09:30:00Z
--mch-no        one merchant (default: all)
--json          print one JSON document instead of CSV`,

  async run(words) {
    const { values } = parseArgs({ args: words, options: OPTIONS });
    const period = periodOf(values);
    const address = databaseAddress(values);
    const names = schemaNames(values);
    const { instance = '', json = false } = values;
    await withDatabase(address, names, (database) => print(database, { period, names, instance, json }));
  },
};

function periodOf(values: { from?: string; to?: string; 'mch-no'?: string }): ReportPeriod {
  const from = readMoment('--from', values.from);
  const to = readMoment('--to', values.to);
  if (from >= to) throw new UsageError('--to must be after --from; for one day, pass the following day.');
  const mchNo = values['mch-no'];
  if (mchNo === '') throw new UsageError('--mch-no is empty; leave it out for all merchants.');
  return { from, to, ...(mchNo !== undefined && { mchNo }) };
}

async function print(
  database: SqlDatabase,
  { period, names, instance, json }: { period: ReportPeriod; names: SchemaNames; instance: string; json: boolean },
): Promise<void> {
  const tables = tablesOf(names);
  const made: OutcomeReport = await new SqlReports(database, tables, instance).report(period);
  await pipeline(Readable.from(json ? reportJson(made) : reportCsv(made)), process.stdout, { end: false });
  if (made.totals.length > 0) return;
  const { rows } = await database.execute(
    `SELECT 1 AS found FROM ${tables.order} WHERE instance = ?${period.mchNo === undefined ? '' : ' AND mch_no = ?'} LIMIT 1`,
    [instance, ...(period.mchNo === undefined ? [] : [period.mchNo])],
  );
  if (rows.length === 0) {
    const of = instance === '' ? 'an instance without a name' : `the instance ${instance}`;
    console.error(
      `Warning: the table has no orders of ${of}${period.mchNo === undefined ? '' : ` and of --mch-no ${period.mchNo}`}; check --instance and --mch-no.`,
    );
  }
}
