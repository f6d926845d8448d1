import type { OutcomeEvent } from '../../outcomes/outcome.js';
import { documentedStates } from '../../protocol/state-order.js';
import { gatewayStateWith, judge } from './judgement.js';
import { gatewayIdOf, type OrderRow } from '../orders/order-row.js';

/** States of an order's row; undefined if it has none yet. */
interface OrdinaryStates {
  lastApplied: readonly (number | undefined)[];
  gatewayState: readonly (number | undefined)[];
}

/**
 * Whether an event is an ordinary transition: the order was created, the event matches, is new and not late, nothing is
 * waiting before it, and its state becomes the gateway's last state. Nearly all events are ordinary.
 */
export function isOrdinary(event: OutcomeEvent, row: OrderRow): boolean {
  const judgement = judge(event, row);
  return (
    judgement.result === 'new' &&
    !judgement.late &&
    !row.hasSuccessToApply &&
    !row.isAdopted &&
    row.status === 'created' &&
    gatewayStateWith(event, row.gatewayState) === event.data.state
  );
}

/** The states of a matching row from which the event is ordinary, as independent lists for SQL. */
export function ordinaryStates(event: OutcomeEvent): OrdinaryStates {
  const { kind, data } = event;
  const row: OrderRow = {
    mchOrderNo: data.mchOrderNo.trimEnd(),
    appId: data.appId,
    status: 'created',
    gatewayId: gatewayIdOf(event),
    amount: data.amount,
    currency: data.currency,
    gatewayState: undefined,
    lastApplied: undefined,
    checkoutKey: undefined,
    isAdopted: false,
    hasSuccessToApply: false,
  };
  const states = [undefined, ...documentedStates(kind)];
  return {
    lastApplied: states.filter((lastApplied) => isOrdinary(event, { ...row, lastApplied })),
    gatewayState: states.filter((gatewayState) => isOrdinary(event, { ...row, gatewayState })),
  };
}
