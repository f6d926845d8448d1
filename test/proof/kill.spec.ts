// Real time: real processes die, and real leases and locks of theirs run out.
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pass2PaySandbox } from '../../sandbox/index.js';
import { describeProof, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import type { Front } from './support/front.js';
import { AMOUNT, createAtGateway } from './support/orders.js';
import { randomFrom } from './support/random.js';
import type { ShopDatabase } from './support/shop-database.js';
import { Supervisor } from './support/supervisor.js';
import { until } from './support/until.js';

const KILLS = IS_LONG ? 50 : 3;

/** Notify attempts at 0, 0.3, 0.9, 1.8, 3 and 4.5 s. */
const NOTIFY_SPEED = 100;
const PERIOD_OF_NOTIFIES_MS = 450_000 / NOTIFY_SPEED;

await describeProof<Mode>({
  when: `kill -9 at ${KILLS} random points under load`,
  holds: 'every paid order and every transfer that arrived ends so, and has its effect once',
  modes: ['memory', 'redis', 'queue on Redis', 'queue on PostgreSQL'],
  run: async (scene, mode, processes) => {
    const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);
    try {
      const database = await scene.database();
      const sandbox = await scene.sandbox({ notifySpeed: NOTIFY_SPEED, notifyTimeoutMs: 60_000 });
      const settings = {
        ...(await scene.settings(mode, database, sandbox)),
        // A dead process's claim must not outlive the notifies, which follow each other in such haste here.
        outcomes: { leaseMs: 1_000, busyWaitMs: 500 },
        // The safety net for what was announced in vain six times.
        reconcile: { afterMs: PERIOD_OF_NOTIFIES_MS + 1_000, everyMs: 500, perMinute: 6_000 },
        handlerMs: 5,
      };
      if (settings.queue) Object.assign(settings.queue, { lockDurationMs: 1_000, backoffMs: 100 });
      const supervisor = await Supervisor.start(scene, settings, processes);

      const random = randomFrom(seed);
      const load = new Load(database, sandbox, supervisor.fronts, random);
      scene.own(load, () => load.end());
      const start = performance.now();
      for (let kill = 0; kill < KILLS; kill++) {
        // After some notifies have come to the process, and at any point in its handling of the last.
        const index = Math.floor(random() * processes);
        await Promise.race([supervisor.fronts[index]!.afterConnections(1 + Math.floor(random() * 15)), load.customers]);
        await sleep(random() * 50);
        await supervisor.killAndReplace(index);
      }
      const orders = await load.end();
      const seconds = (performance.now() - start) / 1000;

      await until(async () => (await database.count(2)) === orders.length, 'all orders are paid');
      // A query may have told the end of an order whose notify is still on its way.
      await Promise.all(orders.map((order) => sandbox.notifySettled(order)));
      expect(await database.withoutOneEffect()).toEqual([]);
      expect(await database.count(2)).toBe(orders.length);
      expect(supervisor.processes.map(({ isRunning }) => isRunning)).toEqual(supervisor.fronts.map(() => true));
      figures(`kill ${mode}`, {
        kills: KILLS,
        seconds,
        orders: orders.length,
        ...(await notifiesOf(sandbox, database, orders)),
        handlerRuns: await database.runs(),
      });
    } catch (error) {
      throw new Error(`With PROOF_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  },
});

/** Customers who order and pay, or are paid, until they are stopped. */
class Load {
  private readonly paid: string[] = [];
  /** Rejects with what goes wrong with the load itself. */
  readonly customers: Promise<unknown>;
  private isStopped = false;

  constructor(
    private readonly database: ShopDatabase,
    private readonly sandbox: Pass2PaySandbox,
    private readonly fronts: readonly Front[],
    private readonly random: () => number,
  ) {
    this.customers = Promise.all(Array.from({ length: 4 }, (_, customer) => this.shop(customer)));
    this.customers.catch(() => {});
  }

  /** The orders that were paid, and the transfers that arrived. @throws what went wrong with the load itself. */
  async end(): Promise<readonly string[]> {
    this.isStopped = true;
    await this.customers;
    return this.paid;
  }

  private async shop(customer: number): Promise<void> {
    for (let count = 0; !this.isStopped; count++) {
      // The first one has money paid out to him.
      const order = `${customer === 0 ? 'T' : 'C'}${customer}-${count}`;
      const front = this.fronts[Math.floor(this.random() * this.fronts.length)]!;
      await this.database.addOrders([order], AMOUNT);
      await createAtGateway(this.sandbox, order, notifyUrl(front, order));
      await (customer === 0 ? this.sandbox.succeedTransfer(order) : this.sandbox.pay(order));
      this.paid.push(order);
      await sleep(this.random() * 300);
    }
  }
}

/** How the orders' events came through. */
async function notifiesOf(sandbox: Pass2PaySandbox, database: ShopDatabase, orders: readonly string[]) {
  const effects = await database.effectTimes();
  const histories = orders.map((order) => {
    const attempts = sandbox.notifyAttempts(order);
    const last = attempts.at(-1)!;
    const isAcknowledged = attempts.some(({ acknowledged }) => acknowledged);
    return { attempts: attempts.length, isAcknowledged, isLate: effects.get(order)! > last.at + last.durationMs };
  });
  const acknowledged = histories.filter(({ isAcknowledged }) => isAcknowledged);
  return {
    atFirstAttempt: acknowledged.filter(({ attempts }) => attempts === 1).length,
    atLaterAttempt: acknowledged.filter(({ attempts }) => attempts > 1).length,
    neverAcknowledged: orders.length - acknowledged.length,
    byReconciler: histories.filter(({ isAcknowledged, isLate }) => !isAcknowledged && isLate).length,
  };
}
