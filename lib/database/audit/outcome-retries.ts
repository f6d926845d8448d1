import { comparedOrderNumber } from '../../protocol/order-number.js';
import { placeholders } from '../placeholders.js';
import type { Tables } from '../schema/schema-names.js';
import type { SqlDatabase, SqlLimits } from '../sql-database.js';
import { inTransaction } from '../transaction/in-transaction.js';
import type { RetryOptions } from './retry-options.js';
import { whereOf } from './select-page.js';

/** Rows per transaction. */
const BATCH = 500;

/** The number of retried items. */
export interface RetryResult {
  /** Outcomes whose handlers will run. */
  outcomes: number;
  /** After-commit calls of handlers. */
  afterCommit: number;
}

/** Makes failed work due immediately, with all its attempts. */
export class OutcomeRetries {
  constructor(
    private readonly database: SqlDatabase,
    private readonly tables: Tables,
    private readonly instance: string,
    private readonly limits: SqlLimits,
  ) {}

  /** In transactions of a few hundred rows; rows locked by other transactions are skipped. */
  async retry(options: RetryOptions): Promise<RetryResult> {
    const { result, handler, idempotencyKey, kind, mchNo, mchOrderNo } = options;
    const where = {
      'instance = ?': this.instance,
      'idempotency_key = ?': idempotencyKey,
      'compared_no = ?': mchOrderNo === undefined ? undefined : comparedOrderNumber(mchOrderNo),
      'kind = ?': kind,
      'mch_no = ?': mchNo,
    };
    let outcomes = 0;
    // Dead ones come last, because they become failed ones.
    for (const each of handler === undefined ? (result === undefined ? ['failed', 'dead'] : [result]) : []) {
      outcomes += await this.change(
        this.tables.outcome,
        // The condition is repeated so that each database uses its index.
        { ...where, "result <> 'applied' AND result = ?": each },
        "result = 'failed', attempts = 0, due_at = ?",
      );
    }
    const isOutcomesOnly = result !== undefined && result !== 'dead';
    const afterCommit = isOutcomesOnly
      ? 0
      : await this.change(
          this.tables.afterCommit,
          { ...where, 'handler = ?': handler, "status = 'dead' AND status = ?": 'dead' },
          "status = 'pending', attempts = 0, due_at = ?",
        );
    return { outcomes, afterCommit };
  }

  private async change(table: string, where: Parameters<typeof whereOf>[0], set: string): Promise<number> {
    let count = 0;
    for (let last: number | undefined = 0; last !== undefined;) {
      const ids: number[] = await this.changeSome(table, { ...where, 'id > ?': last }, set);
      count += ids.length;
      last = ids.length < BATCH ? undefined : ids.at(-1);
    }
    return count;
  }

  private changeSome(table: string, where: Parameters<typeof whereOf>[0], set: string): Promise<number[]> {
    const skipLocked = this.database.dialect === 'sqlite' ? '' : ' FOR UPDATE SKIP LOCKED';
    return inTransaction(this.database, this.limits, async (transaction) => {
      const { sql, params } = whereOf(where);
      const { rows } = await transaction.execute(
        `SELECT id FROM ${table} WHERE ${sql} ORDER BY id LIMIT ${BATCH}${skipLocked}`,
        params,
      );
      const ids = rows.map(({ id }) => Number(id));
      if (ids.length > 0) {
        await transaction.execute(`UPDATE ${table} SET ${set} WHERE id IN (${placeholders(ids)})`, [
          Date.now(),
          ...ids,
        ]);
      }
      return ids;
    });
  }
}
