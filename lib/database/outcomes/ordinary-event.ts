import type { OutcomeEvent } from '../../outcomes/outcome.js';
import { documentedStates } from '../../protocol/state-order.js';
import { gatewayStateWith, judge } from './judgement.js';
import { gatewayIdOf, type OrderRow } from '../orders/order-row.js';

/** States of an order's row; undefined where it has none yet. */
interface OrdinaryStates {
  lastApplied: readonly (number | undefined)[];
  gatewayState: readonly (number | undefined)[];
}

/**
 * Whether an event simply moves its order on: that was created, it fits, is new and not late, nothing waits to be applied before it, and its state
 * is then the last that the gateway has said. Nearly all events are ordinary.
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

/** The states of a row that fits from which the event is ordinary: all pairs of the two, so that SQL can ask for each. */
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
