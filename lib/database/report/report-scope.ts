import type { ReportPeriod } from '../../outcomes/outcome-report.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlValue } from '../sql-database.js';

/** The common parts of a report's statements. */
export interface ReportScope {
  database: SqlDatabase;
  tables: Tables;
  /** The name of the module's instance; `''` if it has none. */
  instance: string;
  period: ReportPeriod;
}

/** The rows of the instance and, if given, of one merchant. */
export function ownRows({ instance, period: { mchNo } }: ReportScope, table: string): [where: string, SqlValue[]] {
  return mchNo === undefined
    ? [`${table}.instance = ?`, [instance]]
    : [`${table}.instance = ? AND ${table}.mch_no = ?`, [instance, mchNo]];
}
