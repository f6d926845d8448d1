import { isFinal, ORDER_STATE, TRANSFER_STATE } from '../../orders/order-state.js';
import type { Entry } from '../../orders/entry.js';

/** A control, as in the path `/sandbox/orders/:mchOrderNo/:control`. */
type OrderControl = 'pay' | 'fail' | 'close' | 'refund' | 'pay-after-close' | 'resend-notify';
/** Controls of transfers and refunds. */
type MoneyControl = 'succeed' | 'fail' | 'resend-notify';
export type EntryControl = OrderControl | MoneyControl;

export interface ControlState {
  readonly control: EntryControl;
  readonly enabled: boolean;
}

const ORDER_CONTROLS: readonly OrderControl[] = ['pay', 'fail', 'close', 'refund', 'pay-after-close', 'resend-notify'];
const MONEY_CONTROLS: readonly MoneyControl[] = ['succeed', 'fail', 'resend-notify'];

/**
 * Every control of an order, transfer or refund, and whether its state allows it now. @param announced whether a notify
 * was sent
 */
export function controlsOf(entry: Entry, announced: boolean): ControlState[] {
  if (entry.kind === 'order') {
    return ORDER_CONTROLS.map((control) => ({ control, enabled: allowsOrder(control, entry.of.state, announced) }));
  }
  return MONEY_CONTROLS.map((control) => ({ control, enabled: allowsMoney(control, entry.of.state, announced) }));
}

function allowsOrder(control: OrderControl, state: number, announced: boolean): boolean {
  switch (control) {
    case 'pay':
    case 'fail':
    case 'close':
      return !isFinal(state);
    case 'refund':
      return state === ORDER_STATE.success;
    case 'pay-after-close':
      return state === ORDER_STATE.failed || state === ORDER_STATE.closed;
    case 'resend-notify':
      return announced;
    default: {
      const unknown: never = control;
      throw new Error(`No such control: ${String(unknown)}`);
    }
  }
}

function allowsMoney(control: MoneyControl, state: number, announced: boolean): boolean {
  return control === 'resend-notify' ? announced : state === TRANSFER_STATE.processing;
}
