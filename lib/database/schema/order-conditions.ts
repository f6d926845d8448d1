import type { SqlDialect } from '../sql-database.js';

/**
 * Orders and transfers that were created, whose end nobody knows yet, and that are still looked at: none that a person must look
 * at. States as in protocol §4 and §5: all from 2 on are ends.
 */
export const PENDING =
  "status = 'created' AND next_check_at IS NOT NULL AND attention_at IS NULL AND COALESCE(gateway_state, 0) < 2 AND COALESCE(last_applied, 0) < 2";

/**
 * Orders and transfers whose state at the gateway is not what was applied. A success that was applied after 3, 4 or 6 is none:
 * the gateway's query goes on saying those. Creates under way are among them, and transfers that a person must look at.
 */
export const DIFFERS = [
  "status IN ('creating', 'unknown')",
  'success_to_apply = 1',
  '(gateway_state IN (2, 5) AND COALESCE(last_applied, -1) <> gateway_state)',
  '(gateway_state IN (3, 4, 6) AND COALESCE(last_applied, 0) < 2)',
  '(attention_at IS NOT NULL AND COALESCE(last_applied, 0) < 2)',
].join(' OR ');

/** `PENDING` as a statement says it so that its index is used, and the column that has since when. */
export function pendingIn(dialect: SqlDialect): { where: string; since: string } {
  return dialect === 'mysql'
    ? { where: 'pending_since IS NOT NULL', since: 'pending_since' }
    : { where: PENDING, since: 'created_at' };
}

/** `DIFFERS` as a statement says it so that its index is used. */
export function differsIn(dialect: SqlDialect): string {
  return dialect === 'mysql' ? 'differs = 1' : `(${DIFFERS})`;
}
