import type { SqlDialect } from '../sql-database.js';

/** What becomes of an outcome's row when the outcome comes again, by what it came to this time. */
export interface OnConflict {
  /** Its handlers ran, and commit with this. */
  applied: string;
  /** Its handlers failed. One that was applied meanwhile stays so. */
  failed: string;
  /** It does not match, and is not tried again. One that was applied meanwhile stays so. */
  rejected: string;
  /** It is kept before its handlers run. */
  kept: string;
  /** Nothing is to be done for it. */
  seen: string;
}

/** One row for an outcome, however often it comes: the ends of the statements that insert it. */
export function onConflict(dialect: SqlDialect, outcome: string): OnConflict {
  const head =
    dialect === 'mysql' ? 'ON DUPLICATE KEY UPDATE' : 'ON CONFLICT (instance, idempotency_key) DO UPDATE SET';
  const given = (column: string) => (dialect === 'mysql' ? `VALUES(${column})` : `excluded.${column}`);
  const take = (column: string) => `${column} = ${given(column)}`;
  const added = (column: string) => `${outcome}.${column} + 1`;
  const unlessApplied = (column: string, value = given(column)) =>
    `${column} = CASE WHEN ${outcome}.result = 'applied' THEN ${outcome}.${column} ELSE ${value} END`;
  const seen = `${head} deliveries = ${added('deliveries')}`;
  // The row says what the last event said that was to be applied: one that did not match may have come before it.
  const said = ['fields', 'amount', 'currency'];
  // What is to be erased as soon as its handlers have ended stays so.
  const kept = `CASE WHEN ${outcome}.kept_since = 0 THEN 0 ELSE ${given('kept_since')} END`;
  const isRepeated = `${given('source')} = 'notify' AND (${given('result')} = 'duplicate' OR (${given('result')} = 'stale' AND ${outcome}.result = 'applied'))`;
  return {
    applied: [
      seen,
      `attempts = ${added('attempts')}`,
      ...['result', 'previous_state', 'applied_at', ...said].map(take),
      // An event that came before its order was known says of itself only now whether it is late.
      `late = CASE WHEN ${outcome}.late = 1 THEN 1 ELSE ${given('late')} END`,
      `gateway_state = COALESCE(${outcome}.gateway_state, ${given('gateway_state')})`,
      `kept_since = ${kept}`,
      'error = NULL',
      'due_at = NULL',
    ].join(', '),
    // MySQL evaluates these from left to right: `result` is looked at by the others, so it changes last.
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
    kept: `${head} ${[take('due_at'), unlessApplied('kept_since', kept), ...said.map((column) => unlessApplied(column))].join(', ')}`,
    seen: `${seen}, repeats = ${outcome}.repeats + CASE WHEN ${isRepeated} THEN 1 ELSE 0 END`,
  };
}
