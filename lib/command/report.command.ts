import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { SqlReports } from '../database/report/sql-reports.js';
import { tablesOf, type SchemaNames } from '../database/schema/schema-names.js';
import type { SqlDatabase } from '../database/sql-database.js';
import type { OutcomeReport, ReportPeriod } from '../outcomes/outcome-report.js';
import type { Command } from './command.js';
import { withDatabase } from './open-database.js';
import { readMoment } from './read-moment.js';
import { reportCsv, reportJson } from './report-output.js';
import { SCHEMA_OPTIONS, schemaNames } from './schema-options.js';
import { UsageError } from './usage-error.js';

const OPTIONS = {
  ...SCHEMA_OPTIONS,
  'database-url': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  'mch-no': { type: 'string' },
  instance: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const report: Command = {
  usage: `nestjs-pass2pay report --database-url <url> --from <date> --to <date>
       [--mch-no <mchNo>] [--instance <name>] [--schema <name>] [--prefix <name>] [--json]

Prints what the merchant's books need of a period as CSV: payments and transfers added up by kind and currency, and every
order whose state at the gateway is not what was applied. It only reads.

--database-url  postgres://…, mysql://…, mariadb://… or the path of an SQLite file; otherwise the variable DATABASE_URL
--from, --to    the beginning, and the end, which is not part of it: 2026-11-25 is midnight in China (UTC+8), and
                2026-11-25T09:30:00Z a time
--mch-no        one merchant; all of them where left out
--instance      the name of the module's instance, where it has one
--schema, --prefix  those of the option \`databaseTables\`
--json          one JSON document instead of CSV`,

  async run(words) {
    const { values } = parseArgs({ args: words, options: OPTIONS });
    const period = periodOf(values);
    const address = values['database-url'] ?? process.env.DATABASE_URL;
    if (address === undefined || address === '') {
      throw new UsageError(
        '--database-url is required, or the variable DATABASE_URL: the database of the application.',
      );
    }
    const names = schemaNames(values);
    const { instance = '', json = false } = values;
    await withDatabase(address, names, (database) => print(database, { period, names, instance, json }));
  },
};

function periodOf(values: { from?: string; to?: string; 'mch-no'?: string }): ReportPeriod {
  const from = readMoment('--from', values.from);
  const to = readMoment('--to', values.to);
  if (from >= to) throw new UsageError('--to must be after --from: for one day, give the day after it.');
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
      `Warning: the table has no order at all of ${of}${period.mchNo === undefined ? '' : ` and of --mch-no ${period.mchNo}`}; check --instance and --mch-no.`,
    );
  }
}
