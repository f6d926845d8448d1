import { documentedStates, endStates, gatewayStateAfter, type OrderKind } from '../../protocol/state-order.js';

/** A condition: the gateway's state in the column is to give way to what it says now. */
export function movesOn(column: string, kind: OrderKind, said: number): string {
  const from = documentedStates(kind).filter((state) => gatewayStateAfter(kind, state, said) === said);
  return `${column} IS NULL${from.length === 0 ? '' : ` OR ${column} IN (${from.join(', ')})`}`;
}

/** A condition: the state in the column is final. */
export function isFinalIn(column: string, kind: OrderKind): string {
  return `${column} IN (${endStates(kind).join(', ')})`;
}
