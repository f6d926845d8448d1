import type { OutcomeEvent } from '../../outcomes/outcome.js';
import { isFinalState } from '../../protocol/state-order.js';
import { isRechecked, DAY_MS } from './next-check.js';
import type { SqlValue } from '../sql-database.js';

/**
 * What an order's row is set to, besides its states, when an event of it is applied: with its end, nobody joins its create any
 * more, and nobody asks the gateway about it, unless it is paid and may be refunded. The text is the same for all events of a
 * kind and state.
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
