import { OutcomeReports, type OutcomeReport, type ReportPeriod } from '../../outcomes/outcome-report.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase } from '../sql-database.js';
import { readDifferences } from './read-differences.js';
import { readTotals } from './read-totals.js';

/** Reports on the order and outcome tables, without locks. */
export class SqlReports extends OutcomeReports {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
  ) {
    super();
  }

  override async report(period: ReportPeriod): Promise<OutcomeReport> {
    const { database, tables, instance } = this;
    const scope = { database, tables, instance, period };
    return { ...period, totals: await readTotals(scope), differences: () => readDifferences(scope) };
  }
}
