import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pass2PaySandbox } from '../../lib/sandbox/index.js';
import { describeProof, elsewhere, notifyUrl, type Mode } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { AMOUNT, createAtGateway } from './support/orders.js';
import { randomFrom } from './support/random.js';
import type { ShopDatabase } from './support/shop-database.js';
import type { ShopSettings } from './support/shop-process.js';
import { Supervisor } from './support/supervisor.js';
import { until } from './support/until.js';

const KILLS = 50;

/** Notify attempts at 0, 0.3, 0.9, 1.8, 3 and 4.5 s. */
const NOTIFY_SPEED = 100;
const PERIOD_OF_NOTIFIES_MS = 450_000 / NOTIFY_SPEED;

await describeProof(`kill -9 at ${KILLS} random points under load`, (scene) => {
  test.each<[mode: Mode, processes: number]>([
    ['memory', 1],
    ['redis', 2],
    ['queue on Redis', 2],
    ['queue on PostgreSQL', 2],
  ])(
    '%s, processes: %d: every paid order and every transfer that arrived ends so, and has its effect once',
    async (mode, processes) => {
      const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);
      try {
        const database = await scene.database();
        const sandbox = await scene.sandbox({ notifySpeed: NOTIFY_SPEED });
        const first = {
          ...(await scene.settings(mode, database, sandbox)),
          // A dead process's claim must not outlive the notifies, which follow each other in such haste here.
          outcomes: { leaseMs: 1_000, busyWaitMs: 500 },
          // The safety net for what was announced in vain six times.
          reconcile: { afterMs: PERIOD_OF_NOTIFIES_MS + 1_000, everyMs: 500, perMinute: 6_000 },
          handlerMs: 5,
        };
        if (first.queue) Object.assign(first.queue, { lockDurationMs: 1_000, backoffMs: 100 });
        const settings = processes === 1 ? [first] : [first, await elsewhere(first)];
        const supervisor = await Supervisor.start(settings);

        const random = randomFrom(seed);
        const load = new Load(database, sandbox, settings, random);
        const start = performance.now();
        for (let kill = 0; kill < KILLS; kill++) {
          await sleep(random() * 500);
          load.check();
          await supervisor.killAndReplace(Math.floor(random() * processes));
        }
        const orders = await load.stop();
        const seconds = (performance.now() - start) / 1000;

        await until(async () => (await database.count(2)) === orders.length, 120_000);
        expect(await database.withoutOneEffect()).toEqual([]);
        expect(await database.count(2)).toBe(orders.length);
        expect(supervisor.processes.map(({ isRunning }) => isRunning)).toEqual(settings.map(() => true));
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
    420_000,
  );
});

/** Customers who order and pay, or are paid, until they are stopped. */
class Load {
  private readonly paid: string[] = [];
  private readonly customers: Promise<void>;
  private isStopped = false;
  private error: unknown;

  constructor(
    private readonly database: ShopDatabase,
    private readonly sandbox: Pass2PaySandbox,
    private readonly processes: readonly ShopSettings[],
    private readonly random: () => number,
  ) {
    this.customers = Promise.all(Array.from({ length: 4 }, (_, customer) => this.shop(customer))).then(
      () => undefined,
      (error: unknown) => {
        this.error = error;
        this.isStopped = true;
      },
    );
  }

  /** @throws what went wrong with the load itself. */
  check(): void {
    if (this.error !== undefined) throw this.error;
  }

  /** The orders that were paid, and the transfers that arrived. */
  async stop(): Promise<readonly string[]> {
    this.isStopped = true;
    await this.customers;
    this.check();
    return this.paid;
  }

  private async shop(customer: number): Promise<void> {
    for (let count = 0; !this.isStopped; count++) {
      // The first one has money paid out to him.
      const order = `${customer === 0 ? 'T' : 'C'}${customer}-${count}`;
      const process = this.processes[Math.floor(this.random() * this.processes.length)]!;
      await this.database.addOrders([order], AMOUNT);
      await createAtGateway(this.sandbox, order, notifyUrl(process, order));
      await (customer === 0 ? this.sandbox.succeedTransfer(order) : this.sandbox.pay(order));
      this.paid.push(order);
      await sleep(this.random() * 300);
    }
  }
}

/** How the orders' news came through. */
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
