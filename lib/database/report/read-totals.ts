import type { ReportLine, ReportTotals } from '../../outcomes/outcome-report.js';
import type { OrderKind } from '../../protocol/state-order.js';
import { isRefund, isSuccess } from '../../protocol/state-order.js';
import type { SqlDialect, SqlRow, SqlValue } from '../sql-database.js';
import { ownRows, type ReportScope } from './report-scope.js';

type LineName = Exclude<keyof ReportTotals, 'kind' | 'currency'>;

const NOTHING: ReportLine = { count: 0, sum: 0n };

/** The time by which an outcome is counted: its commit, its arrival, or as long as it is waiting. */
type Part = 'applied' | 'not-applied' | 'waiting';

/**
 * Sums the outcomes of a period in one statement, and so in one snapshot: applied ones by commit time, ones without
 * effect by arrival, and waiting ones, each with an index.
 */
export async function readTotals(scope: ReportScope): Promise<ReportTotals[]> {
  const { database, tables, period } = scope;
  const [from, to] = [period.from.getTime(), period.to.getTime()];
  const [own, values] = ownRows(scope, tables.outcome);
  const text = textOf(database.dialect);
  const parts: Record<Part, [where: string, SqlValue[]]> = {
    applied: ['applied_at >= ? AND applied_at < ?', [from, to]],
    // With a condition on the result, MariaDB would scan all days.
    'not-applied': ['applied_at IS NULL AND received_at >= ? AND received_at < ?', [from, to]],
    waiting: ["result IN ('received', 'failed', 'dead') AND result <> 'applied' AND received_at < ?", [to]],
  };
  const statement = Object.entries(parts)
    .map(
      ([part, [where]]) =>
        `SELECT '${part}' AS part, kind, currency, result, state, late, COUNT(*) AS number, ${text('SUM(amount)')} AS amounts, ${text('SUM(repeats)')} AS repeats, ${text('SUM(amount * repeats)')} AS repeated FROM ${tables.outcome} WHERE ${where} AND ${own} GROUP BY kind, currency, result, state, late`,
    )
    .join(' UNION ALL ');
  const { rows } = await database.execute(
    statement,
    Object.values(parts).flatMap(([, bounds]) => [...bounds, ...values]),
  );
  return addUp(rows);
}

/** As text, because drivers return a sum as a number that may be rounded. */
function textOf(dialect: SqlDialect): (sum: string) => string {
  return (sum) => `CAST(${sum} AS ${dialect === 'mysql' ? 'CHAR' : 'TEXT'})`;
}

function addUp(rows: readonly SqlRow[]): ReportTotals[] {
  const all = new Map<string, ReportTotals>();
  for (const row of rows) {
    const kind = row.kind as OrderKind;
    const currency = String(row.currency);
    for (const [name, line] of linesOf(kind, row)) {
      if (line.count === 0) continue;
      const totals = all.get(`${kind} ${currency}`) ?? emptyTotals(kind, currency);
      all.set(`${kind} ${currency}`, totals);
      totals[name] = { count: totals[name].count + line.count, sum: totals[name].sum + line.sum };
    }
  }
  return [...all.entries()].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, totals]) => totals);
}

/** The totals to which a group of outcomes adds. */
function linesOf(kind: OrderKind, row: SqlRow): [LineName, ReportLine][] {
  const state = Number(row.state);
  const line: ReportLine = { count: Number(row.number), sum: exactly(row.amounts) };
  const repeats: ReportLine = { count: Number(row.repeats), sum: exactly(row.repeated) };
  if (isRefund(kind, state)) return row.part === 'applied' ? [['refunded', line]] : [];
  if (!isSuccess(kind, state)) return [];
  switch (row.part as Part) {
    case 'applied':
      return [
        ['applied', line],
        ['late', Number(row.late) === 1 ? line : NOTHING],
        ['duplicates', repeats],
      ];
    case 'not-applied':
      if (row.result === 'duplicate') return [['duplicates', repeats]];
      if (row.result === 'stale') return [['stale', line]];
      return row.result === 'mismatch' ? [['mismatched', line]] : [];
    case 'waiting':
      return [[row.result === 'dead' ? 'dead' : 'toApply', line]];
    default:
      throw new Error(`no such part: ${String(row.part)}`);
  }
}

/** @throws RangeError when the database has rounded the sum: SQLite does so beyond 2^63, others refuse. */
function exactly(sum: unknown): bigint {
  if (typeof sum !== 'string' || !/^-?\d+$/.test(sum)) {
    throw new RangeError(`The sum of the amounts is too large for the database, which returned ${String(sum)}.`);
  }
  return BigInt(sum);
}

function emptyTotals(kind: OrderKind, currency: string): ReportTotals {
  return {
    kind,
    currency,
    applied: NOTHING,
    late: NOTHING,
    duplicates: NOTHING,
    stale: NOTHING,
    refunded: NOTHING,
    mismatched: NOTHING,
    toApply: NOTHING,
    dead: NOTHING,
  };
}
