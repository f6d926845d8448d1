import type { SqlDialect } from '../sql-database.js';

/** Updates of an outcome's row when the outcome arrives again, by its new result. */
export interface OnConflict {
  /** Its handlers ran and commit with this. */
  applied: string;
  /** Its handlers failed. An outcome that was applied meanwhile does not change. */
  failed: string;
  /** It does not match and is not retried. An outcome that was applied meanwhile does not change. */
  rejected: string;
  /** It is stored before its handlers run. An outcome that was applied meanwhile is not due. */
  kept: string;
  /** Nothing needs to be done for it. */
  seen: string;
}

/** The upsert clauses of the insert statements: one row per outcome. */
export function onConflict(dialect: SqlDialect, outcome: string): OnConflict {
  const head =
    dialect === 'mysql' ? 'ON DUPLICATE KEY UPDATE' : 'ON CONFLICT (instance, idempotency_key) DO UPDATE SET';
  const given = (column: string) => (dialect === 'mysql' ? `VALUES(${column})` : `excluded.${column}`);
  const take = (column: string) => `${column} = ${given(column)}`;
  const added = (column: string) => `${outcome}.${column} + 1`;
  const unlessApplied = (column: string, value = given(column)) =>
    `${column} = CASE WHEN ${outcome}.result = 'applied' THEN ${outcome}.${column} ELSE ${value} END`;
  const seen = `${head} deliveries = ${added('deliveries')}`;
  // The row contains the data of the last event to apply; a mismatch may have come before it.
  const said = ['fields', 'amount', 'currency'];
  // A mark for erasure is kept.
  const kept = `CASE WHEN ${outcome}.kept_since = 0 THEN 0 ELSE ${given('kept_since')} END`;
  const isRepeated = `${given('source')} = 'notify' AND (${given('result')} = 'duplicate' OR (${given('result')} = 'stale' AND ${outcome}.result = 'applied'))`;
  return {
    applied: [
      seen,
      `attempts = ${added('attempts')}`,
      ...['result', 'previous_state', 'applied_at', ...said].map(take),
      // For an event that arrived before its order, `late` is known only now.
      `late = CASE WHEN ${outcome}.late = 1 THEN 1 ELSE ${given('late')} END`,
      `gateway_state = COALESCE(${outcome}.gateway_state, ${given('gateway_state')})`,
      `kept_since = ${kept}`,
      'error = NULL',
      'due_at = NULL',
    ].join(', '),
    // MySQL evaluates these from left to right; the others read `result`, so it changes last.
    failed: [
      seen,
      unlessApplied('attempts', added('attempts')),
      unlessApplied('kept_since', kept),
      ...[...said, 'error', 'due_at', 'result'].map((column) => unlessApplied(column)),
    ].join(', '),
    rejected: [
      seen,
      'due_at = NULL',
      unlessApplied('kept_since', kept),
      ...[...said, 'error', 'result'].map((column) => unlessApplied(column)),
    ].join(', '),
    kept: `${head} ${[unlessApplied('due_at'), unlessApplied('kept_since', kept), ...said.map((column) => unlessApplied(column))].join(', ')}`,
    seen: `${seen}, repeats = ${outcome}.repeats + CASE WHEN ${isRepeated} THEN 1 ELSE 0 END`,
  };
}
