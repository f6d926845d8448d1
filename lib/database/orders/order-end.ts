import type { OutcomeEvent } from '../../outcomes/outcome.js';
import { isFinalState } from '../../protocol/state-order.js';
import { isRechecked, DAY_MS } from './next-check.js';
import type { SqlValue } from '../sql-database.js';

/**
 * The changes of an order's row, besides its states, when an event is applied: after a final state its create is no
 * longer joined, and it is no longer queried unless it is paid and may be refunded. The SQL is the same for all events
 * of a kind and state.
 */
export function endOf(
  { kind, data: { state } }: OutcomeEvent,
  recheckPaidDays: number,
  now: number,
): { sql: string; params: SqlValue[] } {
  if (!isFinalState(kind, state)) return { sql: '', params: [] };
  return recheckPaidDays > 0 && isRechecked(kind, state)
    ? { sql: ', response = NULL, next_check_at = ?', params: [now + DAY_MS] }
    : { sql: ', response = NULL, next_check_at = NULL', params: [] };
}
