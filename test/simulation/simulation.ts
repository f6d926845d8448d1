import timers from 'node:timers/promises';
import type { AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { Pass2PayError, Pass2PayOutcomeUnknownError } from '../../lib/errors/pass2pay.errors.js';
import type { PendingOrder } from '../../lib/outcomes/merchant-orders.js';
import type { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import type { NotifyMessage } from '../../sandbox/gateway/notify/notify-message.js';
import { SandboxStateError } from '../../sandbox/gateway/orders/order-state.js';
import { Choices } from './choices.js';
import { GatewayModel, type ShopAnswer } from './gateway-model.js';
import { Life } from './life.js';
import { MerchantProcess } from './merchant-process.js';
import type { Deed, InboxKind, OrderPlan, Plan } from './plan.js';
import { BrokenPromise, Promises } from './promises.js';
import { Scheduler } from './scheduler.js';
import { orderKeyOf, ShopOrder, type CreateCall, type Delivery, type HandlerRun } from './shop-order.js';
import type { Store, StoreInUse } from './stores/store.js';
import type { VirtualTime } from './virtual-time.js';
import { SOCKET_FAULTS, Wires } from './wires.js';

/** How long what is planned takes at the most, and how many quiet hours may pass until all is well. */
const PLANNED_MS = 1_300_000;
const QUIET_HOURS = 30;
const HOUR_MS = 3_600_000;

/** How long a process that crashed stays away, in ms. */
const RESTART_MS = 20_000;

/** How long the gateway waits for an answer, in ms. Source: protocol §4. */
const NOTIFY_TIMEOUT_MS = 20_000;

/** When a payer tries again who has found no order, in ms. */
const PAYER_RETRY_MS = 30_000;

/** What happens to a notify before the shop has it, and to the answer after. */
const NOTIFY_FAULTS = ['is lost', 'comes twice', 'its answer is lost'] as const;

/** What handlers throw. */
class WarehouseClosed extends Error {}

/** One shop, its processes, the gateway and what keeps the memory: from the first order to the quiet hours after the last. */
export class Simulation {
  readonly scheduler: Scheduler;
  private readonly choices: Choices;
  private readonly wires: Wires;
  private readonly gateway: GatewayModel;
  private readonly promises: Promises;
  private readonly store: StoreInUse;
  private readonly orders: ReadonlyMap<string, ShopOrder>;
  private readonly processes: MerchantProcess[] = [];
  private readonly deliveries = new Set<Delivery>();
  private readonly calls = new Set<CreateCall>();
  private handled = 0;

  constructor(
    private readonly inbox: InboxKind,
    private readonly plan: Plan,
    private readonly time: VirtualTime,
    store: Store,
    isTold = false,
  ) {
    time.restart();
    this.choices = new Choices(plan.bytes, plan.faultRate);
    this.scheduler = new Scheduler(time, this.choices, isTold, () => {
      if (this.promises.broken !== undefined) throw this.promises.broken;
    });
    this.wires = new Wires(this.scheduler, (life) => this.kill(life));
    this.gateway = new GatewayModel((message) => this.post(message));
    this.promises = new Promises(inbox, this.gateway);
    this.orders = new Map(plan.orders.map((each) => new ShopOrder(each)).map((order) => [order.key, order]));
    this.store = store.use({
      wires: this.wires,
      orders: () => this.orders.values(),
      lastApplied: (order, state) => this.promises.lastApplied(order, state),
      takesEffect: (life, order, state) => this.takesEffect(life, order, state),
      demand: (holds, message) => this.promises.demand(holds, message),
    });
  }

  /** How many states of orders have taken effect. */
  get effects(): number {
    return [...this.orders.values()].reduce((sum, { effects }) => sum + effects.length, 0);
  }

  /** @throws BrokenPromise */
  async run(): Promise<void> {
    for (let index = 0; index < this.plan.processes; index++) this.start(new Life(index));
    for (const order of this.orders.values()) {
      for (const call of order.plan.calls) this.at(call.atS, () => this.create(order, this.nth(call.process)));
      this.at(order.plan.paysAtS, () => this.pay(order, order.plan.payer));
    }
    for (const deed of this.plan.deeds) this.at(deed.atS, () => this.carryOut(deed));
    await this.scheduler.run(PLANNED_MS);
    await this.quieten();
  }

  /** No fault any more, and one process, which looks for what is due every hour. */
  private async quieten(): Promise<void> {
    this.scheduler.tell(() => 'it is quiet');
    this.choices.isCalm = true;
    for (const [index, { life }] of this.processes.entries()) {
      life.aheadMs = 0;
      life.standsStillUntil = 0;
      if (index > 0) this.end(life);
    }
    if (this.processes[0]!.life.isDead) this.start(this.processes[0]!.life.next());
    const process = this.processes[0]!;
    for (let hour = 0; hour < QUIET_HOURS; hour++) {
      this.time.as(process.life, () => void process.sweep());
      await this.scheduler.run(HOUR_MS);
      if (this.whatIsMissing() === undefined) return;
    }
    throw new BrokenPromise(`${this.whatIsMissing()}, though it was quiet for ${QUIET_HOURS} hours`);
  }

  private whatIsMissing(): string | undefined {
    return [...this.orders.values()].map((order) => this.promises.whatIsMissing(order)).find(Boolean);
  }

  private start(life: Life): void {
    this.scheduler.tell(() => `${life.name} starts`);
    this.processes[life.index] = this.time.as(
      life,
      () =>
        new MerchantProcess(life, {
          options: { ...this.store.optionsFor(life), ...this.ownOrders() },
          send: (config) => this.send(life, config),
          handle: (outcome, tx) => this.handle(life, outcome, tx),
        }),
    );
  }

  /** What the shop itself knows of its orders; the module asks nothing of it where it has the database. */
  private ownOrders() {
    if (this.inbox === 'database') return {};
    const { tellsLastState } = this.plan;
    return {
      merchantOrders: {
        find: async (identity: { mchNo: string; mchOrderNo: string }) => {
          const order = this.orders.get(orderKeyOf(identity));
          const { mchNo, appId, mchOrderNo, effects } = order ?? {};
          const lastState = tellsLastState ? effects?.at(-1) : undefined;
          return order && { amount: 100, currency: 'cny', mchNo, appId, mchOrderNo, lastState };
        },
        pending: async (before: Date, limit: number, skip: number): Promise<PendingOrder[]> =>
          [...this.orders.values()]
            .filter(({ madeAt = Infinity, effects }) => effects.length === 0 && madeAt < before.getTime())
            .slice(skip, skip + limit)
            .map(({ mchOrderNo, mchNo, appId }) => ({ mchOrderNo, merchant: { mchNo, appId } })),
      },
    };
  }

  private create(order: ShopOrder, process: MerchantProcess): void {
    const { life } = process;
    if (life.isDead) return;
    const isBeingMade = [...this.calls].some((call) => call.life === life && call.order === order);
    // Which of two calls sends it, only the database's row tells.
    if (isBeingMade && this.inbox !== 'database') return;
    order.madeAt ??= this.time.now;
    const call: CreateCall = { life, order, isRefused: false };
    this.calls.add(call);
    const { mchNo, appId, mchOrderNo } = order;
    const params = { mchOrderNo, amount: 100, custNo: 'C200492312', registerTime: 1_622_016_572_190 };
    this.scheduler.tell(() => `${life.name} makes ${order.key}`);
    const made = this.time.as(life, () => process.cashier.createOrder(params, { merchant: { mchNo, appId } }));
    void this.settle(call, made);
  }

  private async settle(call: CreateCall, made: Promise<unknown>): Promise<void> {
    const { life, order } = call;
    try {
      await made;
    } catch (error) {
      this.scheduler.tell(() => `  ${life.name} has not made ${order.key}: ${String(error)}`);
      call.isRefused = error instanceof Pass2PayError && !(error instanceof Pass2PayOutcomeUnknownError);
      this.promises.isMadeBy(call, order.madeBy === call);
    }
    this.calls.delete(call);
  }

  private pay(order: ShopOrder, payer: OrderPlan['payer']): void {
    const made = this.gateway.order(order.mchNo, order.mchOrderNo);
    if (made === undefined) {
      this.after(PAYER_RETRY_MS, () => this.pay(order, payer));
      return;
    }
    this.scheduler.tell(() => `the payer of ${order.key} ${payer}`);
    const moves = {
      pays: ['pay'],
      declines: ['fail'],
      closes: ['close'],
      'goes away': [],
      'pays, and is refunded': ['pay', 'refund'],
      'closes, and pays late': ['close', 'payAfterClose'],
    } as const;
    for (const [index, move] of moves[payer].entries()) this.after(index * 45_000, () => this.move(made, move));
  }

  private move(...[order, move]: Parameters<GatewayModel['move']>): void {
    try {
      this.gateway.move(order, move);
    } catch (error) {
      // It has expired meanwhile.
      if (!(error instanceof SandboxStateError)) throw error;
    }
  }

  private carryOut({ does, process: index, byS }: Deed): void {
    const process = this.nth(index);
    const { life } = process;
    if (life.isDead) return;
    this.scheduler.tell(() => `${life.name} ${does}`);
    switch (does) {
      case 'sweeps':
        return this.time.as(life, () => void process.sweep());
      case 'crashes':
        return this.kill(life);
      case 'clock jumps':
        life.aheadMs += byS * 1_000;
        this.promises.clockJumps(byS * 1_000);
        return;
      case 'stands still':
        return this.holdStill(life, Math.abs(byS) * 1_000);
    }
  }

  private holdStill(life: Life, ms: number): void {
    life.troubles++;
    life.standsStillUntil = this.time.now + ms;
    this.store.standsStill(life, ms);
    // What has waited for it is late.
    this.after(ms, () => life.troubles++);
  }

  /** Ends a process, and starts another in its place. */
  private kill(life: Life): void {
    if (life.isDead) return;
    this.end(life);
    this.after(RESTART_MS, () => {
      if (!this.choices.isCalm) this.start(life.next());
    });
  }

  private end(life: Life): void {
    if (life.isDead) return;
    life.isDead = true;
    this.scheduler.tell(() => `${life.name} ends`);
    this.scheduler.add(undefined, `the connections of ${life.name} are closed`, () => this.store.disconnect(life));
  }

  /** Takes a request to the gateway. */
  private send(life: Life, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const path = new URL(config.url!).pathname;
    const body = String(config.data);
    const { mchNo = '', mchOrderNo = '' } = JSON.parse(body) as { mchNo?: string; mchOrderNo?: string };
    const order = this.orders.get(orderKeyOf({ mchNo, mchOrderNo }))!;
    const call = path.endsWith('/cashierOrder')
      ? [...this.calls].find((each) => each.life === life && each.order === order)
      : undefined;
    if (call !== undefined) this.promises.sendsCreate(call);
    return this.wires
      .exchange({
        life,
        what: `${life.name} → gateway: ${path.slice('/api/'.length)} ${order.key}`,
        faults: SOCKET_FAULTS,
        perform: async () => {
          const response = await this.gateway.respond(path, 'application/json;charset=UTF-8', body);
          if (call !== undefined && JSON.parse(response.body).code === 0) {
            order.madeBy = call;
            this.promises.isMadeBy(call, true);
          }
          return response;
        },
        broken: (how) =>
          how === 'refused'
            ? Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' })
            : Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }),
      })
      .then(
        (response) => {
          if (call === undefined && response.body.includes('订单不存在')) this.promises.isToldAbsent(life, order);
          return { status: response.status, data: response.body, headers: {} } as AxiosResponse;
        },
        (error: Error) => {
          if (call !== undefined && 'syscall' in error) this.promises.hasNotSent(call);
          throw error;
        },
      );
  }

  /** Takes a notify to one of the processes that are there. */
  private post(message: NotifyMessage): Promise<ShopAnswer> {
    return new Promise((resolve) => {
      this.time.as(undefined, () => {
        setTimeout(() => resolve(undefined), NOTIFY_TIMEOUT_MS);
        this.scheduler.add(undefined, `gateway → shop: ${shownNotify(message)}`, () => {
          const fault = this.choices.fault(NOTIFY_FAULTS);
          if (fault !== undefined) this.scheduler.tell(() => `  ${fault}`);
          if (fault === 'is lost') return;
          const give = (answer: ShopAnswer) =>
            this.scheduler.add(undefined, `shop → gateway: ${answer?.status}`, () => resolve(answer));
          this.deliver(message, fault === 'its answer is lost' ? () => {} : give);
          if (fault === 'comes twice') this.deliver(message, () => {});
        });
      });
    });
  }

  private deliver(message: NotifyMessage, answer: (answer: ShopAnswer) => void): void {
    const alive = this.processes.filter(({ life }) => !life.isDead);
    if (alive.length === 0) return answer({ status: 502, text: '' });
    const process = alive[this.choices.byte() % alive.length]!;
    const { life } = process;
    const fields = new URLSearchParams(message.body);
    const [mchNo, mchOrderNo] = [fields.get('mchNo')!, fields.get('mchOrderNo')!];
    const order = this.orders.get(orderKeyOf({ mchNo, mchOrderNo }))!;
    const delivery: Delivery = { life, order, state: Number(fields.get('state')) };
    this.scheduler.add(life, `${life.name} has the notify of state ${delivery.state} of ${order.key}`, () => {
      this.deliveries.add(delivery);
      void this.answer(delivery, process.receive(message), answer);
    });
  }

  private async answer(
    delivery: Delivery,
    receiving: Promise<Exclude<ShopAnswer, undefined>>,
    answer: (answer: ShopAnswer) => void,
  ): Promise<void> {
    const given = await receiving;
    const { life, order, state } = delivery;
    this.deliveries.delete(delivery);
    this.scheduler.tell(() => `  ${life.name} answers ${given.status} to state ${state} of ${order.key}`);
    const kept = () => this.store.keptStates(order);
    if (given.status === 200) this.promises.acknowledges(delivery, kept);
    else this.promises.refuses(delivery, kept);
    answer(given);
  }

  /** What the shop's handler does. */
  private async handle(life: Life, outcome: PaymentOutcome, tx: unknown): Promise<void> {
    const order = this.orders.get(orderKeyOf(outcome))!;
    const run: HandlerRun = { life, order, state: outcome.state };
    const delivery = [...this.deliveries].find(
      (each) => each.life === life && each.order === order && each.state === run.state && each.run === undefined,
    );
    if (delivery !== undefined && outcome.source === 'notify') delivery.run = run;
    this.promises.handlerBegins(run);
    order.running.add(run);
    const does = this.choices.isCalm ? 'works' : (this.plan.handlers[this.handled++] ?? 'works');
    this.scheduler.tell(() => `  ${life.name}: the handler of state ${run.state} of ${order.key} ${does}`);
    try {
      if (does === 'throws') throw new WarehouseClosed();
      if (does === 'loses its lease') this.endLeases(life);
      if (/slow|lease/.test(does)) await timers.setTimeout(this.inbox === 'database' ? 5_000 : 50_000);
      if (does === 'hangs') await timers.setTimeout(600_000);
      await this.store.takeEffect(life, order, run.state, tx);
      if (does === 'throws at its end') throw new WarehouseClosed();
    } catch (error) {
      // Nobody waits any more for one that was too slow, and finds its transaction ended.
      if (error instanceof WarehouseClosed) run.threwAt = life.troubles;
      throw error;
    } finally {
      order.running.delete(run);
    }
  }

  /** As where the clock of the store jumps. */
  private endLeases(life: Life): void {
    life.troubles++;
    this.store.endLeases(life);
  }

  private takesEffect(life: Life, order: ShopOrder, state: number): void {
    this.scheduler.tell(() => `  state ${state} of ${order.key} takes effect`);
    this.promises.takesEffect(order, state);
    for (const { run } of this.deliveries) {
      if (run?.life === life && run.order === order && run.state === state) run.committedAt = life.troubles;
    }
  }

  private nth(index: number): MerchantProcess {
    return this.processes[index % this.processes.length]!;
  }

  private at(seconds: number, happen: () => void): void {
    this.after(seconds * 1_000, happen);
  }

  /** By a timer of nobody's. */
  private after(ms: number, happen: () => void): void {
    this.time.as(undefined, () => setTimeout(happen, ms));
  }
}

function shownNotify({ body }: NotifyMessage): string {
  const fields = new URLSearchParams(body);
  return `state ${fields.get('state')} of ${fields.get('mchOrderNo')} of ${fields.get('mchNo')}`;
}
