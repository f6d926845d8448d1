import { confirmedState, type OutcomeEvent } from '../../outcomes/outcome.js';
import { differencesOf } from '../../protocol/compare-terms.js';
import { OrderState } from '../../protocol/order-state.js';
import { classify, gatewayStateAfter, isDocumentedState, unpaidBefore } from '../../protocol/state-order.js';
import { gatewayIdOf, type OrderRow } from '../orders/order-row.js';

/** What an event means for a stored order. */
export type Judgement =
  | { result: 'new'; late: boolean; gatewayState: number | undefined; previousState: number | undefined }
  | { result: 'duplicate' | 'stale' }
  | { result: 'mismatch'; reason: 'differs' | 'unknown-state'; differences: string[] };

/** Compares an event with the locked order row. */
export function judge(event: OutcomeEvent, row: OrderRow): Judgement {
  const { kind, data } = event;
  const differences = differencesFrom(row, event);
  if (differences.length > 0) return { result: 'mismatch', reason: 'differs', differences };
  if (!isDocumentedState(kind, data.state)) {
    return {
      result: 'mismatch',
      reason: 'unknown-state',
      differences: [`state ${String(data.state)} is not documented`],
    };
  }
  const { lastApplied } = row;
  // A success that is waiting for its handlers counts as the merchant's last state: it makes lower states stale, but
  // not itself.
  const lastState = row.hasSuccessToApply ? OrderState.Success : undefined;
  const result = classify(kind, data.state, { lastApplied, lastState });
  if (result !== 'new') return { result };
  const unpaid = unpaidBefore(kind, data.state, [confirmedState(event), row.gatewayState, lastApplied]);
  return { result, late: unpaid !== undefined, gatewayState: unpaid, previousState: lastApplied };
}

/** The gateway states of the order, including this event and its confirming query. */
export function gatewayStateWith(event: OutcomeEvent, remembered: number | undefined): number | undefined {
  const { kind, data } = event;
  return [data.state, confirmedState(event)].reduce<number | undefined>(
    (known, said) => gatewayStateAfter(kind, known, said),
    remembered,
  );
}

/** The differences between an event and the order's row. */
export function differencesFrom(
  { amount, currency, appId, mchOrderNo, gatewayId }: OrderRow,
  event: OutcomeEvent,
): string[] {
  const { data } = event;
  const differences = differencesOf(data, { amount, currency, appId });
  if (mchOrderNo !== data.mchOrderNo.trimEnd()) differences.push(`mchOrderNo is ${data.mchOrderNo}, not ${mchOrderNo}`);
  const id = gatewayIdOf(event);
  if (gatewayId !== undefined && gatewayId !== id) {
    differences.push(`${event.kind === 'payment' ? 'payOrderId' : 'transferId'} is ${id}, not ${gatewayId}`);
  }
  return differences;
}
