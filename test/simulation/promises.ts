import type { GatewayModel } from './gateway-model.js';
import type { Life } from './life.js';
import type { InboxKind } from './plan.js';
import type { CreateCall, Delivery, HandlerRun, ShopOrder } from './shop-order.js';

/** Thrown where a promise of the module does not hold. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/** How far a payment's state is on its way: 0 < 1 < 3, 4, 6 < 2 < 5. Source: protocol §4 and §5. */
const RANKS: Readonly<Record<number, number>> = { 0: 0, 1: 1, 3: 2, 4: 2, 6: 2, 2: 3, 5: 4 };

/** By how much clocks may differ for the leases of creates, in ms. */
const LEASE_MARGIN_MS = 15_000;

/** What is known of the creates of one number, by those whom it concerns. */
interface Creates {
  /** Whether one was sent of which nobody knows what became. */
  mayExist: boolean;
  /** The processes that were told since then that the gateway does not know the order. */
  readonly toldAbsent: Set<Life>;
}

/** The promises of the module, held against what happens. */
export class Promises {
  /** The first that did not hold. */
  broken: BrokenPromise | undefined;
  private readonly creates = new Map<unknown, Creates>();
  private areClocksAlike = true;

  constructor(
    private readonly inbox: InboxKind,
    private readonly gateway: GatewayModel,
  ) {}

  /** A handler is about to run. */
  handlerBegins({ life, order, state }: HandlerRun): void {
    this.demand(this.hasBeen(order, state), `a handler gets state ${state} of ${order.key}, which it never was in`);
    // The database undoes what must not be: its effects are looked at when they are committed.
    if (this.inbox === 'database') return;
    const isOwn = (each: { life: Life }) => each.life === life;
    const concerns = (each: { life: Life }) =>
      !order.isTakenOver && (this.inbox === 'memory' ? isOwn(each) : !each.life.isDead);
    for (const other of order.running) {
      this.demand(!concerns(other), `handlers of ${order.key} run in ${other.life.name} and ${life.name} at once`);
    }
    const isRemembered = (each: { life: Life }) => !order.isTakenOver && (this.inbox !== 'memory' || isOwn(each));
    for (const before of order.acknowledged.filter(isRemembered)) {
      this.demand(
        rank(before.state) < rank(state),
        `a handler gets state ${state} of ${order.key}, though ${before.state} was acknowledged by ${before.life.name}`,
      );
    }
  }

  /** A handler has taken effect; with the database, that is committed. */
  takesEffect(order: ShopOrder, state: number): void {
    if (this.inbox === 'database') {
      this.demand(!order.effects.includes(state), `state ${state} of ${order.key} takes effect twice`);
      const last = order.effects.at(-1);
      const isInOrder = last === undefined || rank(last) < rank(state);
      this.demand(isInOrder, `state ${state} of ${order.key} takes effect after ${last}`);
    }
    order.effects.push(state);
  }

  /** The inbox has this as the state that was applied last. */
  lastApplied(order: ShopOrder, state: number | undefined): void {
    const before = order.lastApplied;
    const goesOn = before === undefined || (state !== undefined && rank(before) <= rank(state));
    this.demand(goesOn, `lastApplied of ${order.key} goes back from ${before} to ${state}`);
    order.lastApplied = state;
  }

  /** @param kept the states of the order that the table of outcomes has and that are to be applied yet */
  acknowledges({ life, order, state }: Delivery, kept: () => readonly number[]): void {
    const message = `${life.name} acknowledges state ${state} of ${order.key}, which is neither applied nor kept`;
    this.demand(isAppliedOrKept(order, state, kept), message);
    order.acknowledged.push({ state, life });
  }

  /** @param kept as above */
  refuses({ life, order, state, run }: Delivery, kept: () => readonly number[]): void {
    if (this.inbox !== 'database' || run === undefined) return;
    this.demand(
      run.committedAt !== life.troubles,
      `${life.name} refuses state ${state} of ${order.key}, which it has committed`,
    );
    if (run.threwAt !== life.troubles) return;
    const message = `${life.name} has not kept that the handler of state ${state} of ${order.key} failed`;
    this.demand(isAppliedOrKept(order, state, kept), message);
    if (state === 2) order.isLateKept = true;
  }

  /** A create leaves a process. */
  sendsCreate(call: CreateCall): void {
    const known = this.createsOf(call);
    const isSafe = !known.mayExist || known.toldAbsent.has(call.life) || !this.areClocksAlike;
    this.demand(isSafe, `${call.life.name} sends ${call.order.key} again, which may exist`);
    known.mayExist = true;
    known.toldAbsent.clear();
  }

  /** A process's clock jumps: by more than the lease of a create allows for, its number may be sent by two. */
  clockJumps(ms: number): void {
    if (Math.abs(ms) > LEASE_MARGIN_MS) this.areClocksAlike = false;
  }

  /** A create has provably not been sent. */
  hasNotSent(call: CreateCall): void {
    this.createsOf(call).mayExist = false;
  }

  /** A process has been told that the gateway does not know an order. */
  isToldAbsent(life: Life, order: ShopOrder): void {
    for (const [of, known] of this.creates) {
      if (of === order || (of as Partial<CreateCall>).order === order) known.toldAbsent.add(life);
    }
  }

  /** The gateway has made an order by a call, or a call is told that it has not made one. */
  isMadeBy(call: CreateCall, isMade: boolean): void {
    this.demand(
      !isMade || !call.isRefused,
      `${call.life.name} is told that ${call.order.key} was not made, and it was`,
    );
  }

  /** Why the last word is not spoken yet; undefined where every payment has come to its effect. */
  whatIsMissing(order: ShopOrder): string | undefined {
    const made = this.gateway.order(order.mchNo, order.mchOrderNo);
    if (made === undefined) return undefined;
    const isPaid = made.state === 2 || made.state === 5;
    const isLatePaid = made.paidLateAt !== undefined && order.isLateKept;
    if (!isPaid && !isLatePaid) return undefined;
    const isDone = order.effects.some((state) => rank(state) >= rank(2));
    return isDone ? undefined : `${order.key} was paid, and that never took effect`;
  }

  demand(holds: boolean, message: string): void {
    if (!holds) this.broken ??= new BrokenPromise(message);
  }

  /** Without a database, nobody but the call itself knows what it has sent; the gateway refuses a number that it has. */
  private createsOf(call: CreateCall): Creates {
    const of = this.inbox === 'database' ? call.order : call;
    const known = this.creates.get(of) ?? { mayExist: false, toldAbsent: new Set() };
    this.creates.set(of, known);
    return known;
  }

  private hasBeen(order: ShopOrder, state: number): boolean {
    const made = this.gateway.order(order.mchNo, order.mchOrderNo);
    if (made === undefined) return false;
    return made.history.some((each) => each.state === state) || (state === 2 && made.paidLateAt !== undefined);
  }
}

/** Another process may have applied it meanwhile, or a further one. */
function isAppliedOrKept(order: ShopOrder, state: number, kept: () => readonly number[]): boolean {
  const isFurther = (other: number) => rank(other) >= rank(state);
  return order.effects.some(isFurther) || kept().some(isFurther);
}

function rank(state: number): number {
  return RANKS[state] ?? -1;
}
