import { isFinal, ORDER_STATE, TRANSFER_STATE } from '../../orders/order-state.js';
import type { Entry } from './entry-view.js';

/** A control as its path in `/sandbox/orders/:mchOrderNo/:control` has it. */
type OrderControl = 'pay' | 'fail' | 'close' | 'refund' | 'pay-after-close' | 'resend-notify';
type TransferControl = 'succeed' | 'fail' | 'resend-notify';
export type EntryControl = OrderControl | TransferControl;

export interface ControlState {
  readonly control: EntryControl;
  readonly enabled: boolean;
}

const ORDER_CONTROLS: readonly OrderControl[] = ['pay', 'fail', 'close', 'refund', 'pay-after-close', 'resend-notify'];
const TRANSFER_CONTROLS: readonly TransferControl[] = ['succeed', 'fail', 'resend-notify'];

/** Every control of an order or transfer, and whether its state allows it now. @param announced a notify was sent */
export function controlsOf(entry: Entry, announced: boolean): ControlState[] {
  if (entry.kind === 'order') {
    return ORDER_CONTROLS.map((control) => ({ control, enabled: allowsOrder(control, entry.of.state, announced) }));
  }
  return TRANSFER_CONTROLS.map((control) => ({ control, enabled: allowsTransfer(control, entry.of.state, announced) }));
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

function allowsTransfer(control: TransferControl, state: number, announced: boolean): boolean {
  return control === 'resend-notify' ? announced : state === TRANSFER_STATE.processing;
}
