import { documentedStates, endStates, gatewayStateAfter, type OrderKind } from '../../protocol/state-order.js';

/** SQL condition: the gateway state in the column must be replaced with the new one. */
export function movesOn(column: string, kind: OrderKind, said: number): string {
  const stays = documentedStates(kind).filter((state) => gatewayStateAfter(kind, state, said) !== said);
  return stays.length === 0 ? '1 = 1' : `${column} IS NULL OR ${column} NOT IN (${stays.join(', ')})`;
}

/** SQL condition: the state in the column is final. */
export function isFinalIn(column: string, kind: OrderKind): string {
  return `${column} IN (${endStates(kind).join(', ')})`;
}
