import type { SqlDialect } from '../sql-database.js';

/**
 * Created orders and transfers without a final state that are still checked, except those that need attention. States
 * as in protocol §4 and §5: all from 2 on are final.
 */
export const PENDING =
  "status = 'created' AND next_check_at IS NOT NULL AND attention_at IS NULL AND COALESCE(gateway_state, 0) < 2 AND COALESCE(last_applied, 0) < 2";

/**
 * Orders and transfers whose gateway state is not applied. A success that was applied after 3, 4 or 6 does not count,
 * because the gateway's query keeps reporting those. Includes creates in progress and transfers that need attention.
 */
export const DIFFERS = [
  "status IN ('creating', 'unknown')",
  'success_to_apply = 1',
  '(gateway_state IN (2, 5) AND COALESCE(last_applied, -1) <> gateway_state)',
  '(gateway_state IN (3, 4, 6) AND COALESCE(last_applied, 0) < 2)',
  '(attention_at IS NOT NULL AND COALESCE(last_applied, 0) < 2)',
].join(' OR ');

/** `PENDING` in the form that uses its index, and the column with its start time. */
export function pendingIn(dialect: SqlDialect): { where: string; since: string } {
  return dialect === 'mysql'
    ? { where: 'pending_since IS NOT NULL', since: 'pending_since' }
    : { where: PENDING, since: 'created_at' };
}

/** `DIFFERS` in the form that uses its index. */
export function differsIn(dialect: SqlDialect): string {
  return dialect === 'mysql' ? 'differs = 1' : `(${DIFFERS})`;
}
