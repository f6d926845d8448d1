import { MERCHANTS } from './gateway-model.js';
import type { Life } from './life.js';
import type { OrderPlan } from './plan.js';

/** An order of the shop, and what the simulation knows of it that the module does not. */
export class ShopOrder {
  readonly mchNo: string;
  readonly appId: string;
  readonly mchOrderNo: string;
  madeAt: number | undefined;
  /** The states that handlers have taken effect for, in their order. */
  readonly effects: number[] = [];
  readonly acknowledged: { state: number; life: Life }[] = [];
  /** The runs of its handlers that have not ended. */
  readonly running = new Set<HandlerRun>();
  /** Whether a process lost its lease because of a wire or its own death: its handlers may run beside another's, and again. */
  isTakenOver = false;
  /** The state that was applied last, as the inbox has it. */
  lastApplied: number | undefined;
  /** The call whose create the gateway has taken. */
  madeBy: CreateCall | undefined;
  /** Whether the failure of a success's handler must have been kept: no query would show it where it is late. */
  isLateKept = false;

  constructor(readonly plan: OrderPlan) {
    const { mchNo, appId } = MERCHANTS[plan.merchant]!;
    this.mchNo = mchNo;
    this.appId = appId;
    this.mchOrderNo = `O${plan.number + 1}`;
  }

  get key(): string {
    return orderKeyOf(this);
  }
}

/** Names an order among those of all merchants. */
export function orderKeyOf({ mchNo, mchOrderNo }: { mchNo: string; mchOrderNo: string }): string {
  return `${mchOrderNo} of ${mchNo}`;
}

/** One run of a handler. */
export interface HandlerRun {
  readonly life: Life;
  readonly order: ShopOrder;
  readonly state: number;
  /** How much trouble the process had had with its wires when the handler threw, or its effect was committed. */
  threwAt?: number;
  committedAt?: number;
}

/** A notify that a process is to answer. */
export interface Delivery {
  readonly life: Life;
  readonly order: ShopOrder;
  readonly state: number;
  run?: HandlerRun;
}

/** A call that makes an order. */
export interface CreateCall {
  readonly life: Life;
  readonly order: ShopOrder;
  /** Whether it was told that it has not made the order. */
  isRefused: boolean;
}
