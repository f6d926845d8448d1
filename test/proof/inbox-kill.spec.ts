// Real time: real processes die, and the notifies of a hasty gateway follow each other.
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pass2PaySandbox } from '../../sandbox/index.js';
import { describeProof, notifyUrl, type Dialect } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import type { InboxDatabase } from './support/inbox-database.js';
import { createBy } from './support/orders.js';
import { randomFrom } from './support/random.js';
import { Supervisor } from './support/supervisor.js';
import { until } from './support/until.js';

const KILLS = IS_LONG ? 100 : 15;

/** Notify attempts at 0, 0.3, 0.9, 1.8, 3 and 4.5 s. */
const NOTIFY_SPEED = 100;

/** So many orders for a kill come quickly, further ones slowly. */
const ORDERS_PER_KILL = 5;

/** Where a process dies each third time: the names of test/proof/fixtures/inbox-shop.mjs. */
const POINTS = [
  // Not acknowledged yet.
  'after commit of applied',
  // Sent, and not known to be.
  'after a mail',
  // Kept before its handlers, which have not begun.
  'after commit of received',
  'after commit of failed',
  'in a handler',
  'during commit of applied',
  'before commit of applied',
  'during commit of received',
  'during commit of failed',
];

/** What may become of an order, and the states that its handlers then have to see, where none is lost. */
const FATES = ['paid', 'closed', 'failed', 'closed and paid', 'failed and paid', 'paid out'] as const;
type Fate = (typeof FATES)[number];

await describeProof<Dialect>({
  when: `kill -9 at ${KILLS} random points under load, of processes with a database alone`,
  holds: 'every paid order is paid once, in the order of states, by handlers without a key',
  modes: ['PostgreSQL', 'MariaDB'],
  run: async (scene, dialect, processes) => {
    const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);
    try {
      const database = await scene.inboxDatabase(dialect);
      const sandbox = await scene.sandbox({ notifySpeed: NOTIFY_SPEED, notifyTimeoutMs: 60_000 });
      const settings = scene.inboxSettings(database, sandbox);
      Object.assign(settings.databaseLimits!, { sweepEveryMs: 200 });
      const supervisor = await Supervisor.start(
        scene,
        { ...settings, handler: { ms: 5, failEvery: 4 } },
        processes,
        'inbox-shop',
      );

      const random = randomFrom(seed);
      const load = new Load(sandbox, supervisor, random);
      scene.own(load, () => load.end());
      const start = performance.now();
      const deaths: Record<string, number> = {};
      for (let kill = 0; kill < KILLS; kill++) {
        const index = Math.floor(random() * processes);
        const shop = supervisor.processes[index]!;
        load.goOn();
        if (kill % 3 === 0) {
          // At any point in time, after some connections.
          await Promise.race([supervisor.fronts[index]!.afterConnections(1 + Math.floor(random() * 15)), load.failure]);
          await sleep(random() * 50);
          await shop.kill();
        } else {
          // At any call of its database, or at the next of these points.
          const isAny = kill % 3 === 1;
          const point = isAny ? '' : POINTS[Math.floor(kill / 3) % POINTS.length]!;
          await shop.dieAt(point, isAny ? 1 + Math.floor(random() * 100) : 1);
          await Promise.race([shop.ended(), load.failure]);
        }
        const death = /^Killed (.*)$/m.exec(shop.log)?.[1] ?? 'from outside';
        deaths[death] = (deaths[death] ?? 0) + 1;
        await supervisor.replaceDead(index);
      }
      const orders = await load.end();
      const seconds = (performance.now() - start) / 1000;

      await Promise.all([...orders.keys()].map((order) => sandbox.notifySettled(order)));
      await settle(database, supervisor);
      expect(await wrongs(database, orders)).toEqual([]);
      expect(await wrongMails(database)).toEqual([]);
      expect(await database.afterCommit()).toEqual({ pending: 0, dead: 0, oldestDueAt: undefined });
      expect(Object.keys(await database.results()).filter((result) => /received|failed|dead/.test(result))).toEqual([]);
      expect(supervisor.processes.map(({ isRunning }) => isRunning)).toEqual(supervisor.fronts.map(() => true));
      figures(`inbox-kill ${dialect}`, {
        kills: KILLS,
        deaths,
        seconds,
        orders: orders.size,
        abandoned: load.abandoned,
        ...attemptsOf(sandbox, orders),
        mails: [...(await database.mails()).values()].flat().length,
        results: await database.results(),
        seed,
      });
    } catch (error) {
      throw new Error(`With PROOF_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  },
});

/** Lets hours pass for the processes until they have applied what they keep. */
async function settle(database: InboxDatabase, supervisor: Supervisor): Promise<void> {
  let hours = 0;
  await until(async () => {
    const { received = 0, failed = 0 } = await database.results();
    const { pending } = await database.afterCommit();
    if (received + failed + pending === 0) return true;
    hours++;
    await Promise.all(supervisor.processes.map((shop) => shop.setAhead(hours * 3_600_000)));
    return false;
  }, 'all outcomes that are kept are applied, and all mails are sent');
}

/** The orders of which another state, or in another order, was told at first than was applied; a mail may come again. */
async function wrongMails(database: InboxDatabase): Promise<string[]> {
  const effects = await database.effects();
  const mails = await database.mails();
  return [...new Set([...effects.keys(), ...mails.keys()])].flatMap((order) => {
    const applied = (effects.get(order) ?? []).map(({ state }) => state).join();
    const told = [...new Set(mails.get(order))].join();
    return applied === told ? [] : [`${order}: applied ${applied}, told ${told}`];
  });
}

/** The orders whose effects are not what became of them at the gateway. */
async function wrongs(database: InboxDatabase, orders: ReadonlyMap<string, Fate>): Promise<string[]> {
  const effects = await database.effects();
  const lastApplied = await database.lastApplied();
  const made = [...orders].map(([order, fate]) => {
    const seen = (effects.get(order) ?? []).map(({ state, late }) => `${state}${late ? ' late' : ''}`).join(', ');
    const isRight = POSSIBLE[fate].test(seen) && lastApplied.get(order) === Number(/(\d)[^\d]*$/.exec(seen)?.[1]);
    return isRight ? undefined : `${order} (${fate}): ${seen}; lastApplied ${lastApplied.get(order)}`;
  });
  const others = [...effects.keys()].filter((order) => !orders.has(order)).map((order) => `${order}: nothing was paid`);
  return [...made.filter((wrong) => wrong !== undefined), ...others];
}

/**
 * Each state at most once; what was paid at last is paid, and late where its closing or failure has had its effect before.
 * That may be missing where it failed, and the payment came before it was tried again.
 */
const POSSIBLE: Readonly<Record<Fate, RegExp>> = {
  paid: /^2$/,
  'paid out': /^2$/,
  closed: /^6$/,
  failed: /^3$/,
  'closed and paid': /^(6, 2 late|2( late)?)$/,
  'failed and paid': /^(3, 2 late|2( late)?)$/,
};

/** Customers who order, and pay or do not, until they are stopped. */
class Load {
  private readonly fates = new Map<string, Fate>();
  private readonly customers: Promise<unknown>;
  /** Rejects with what goes wrong with the load itself. */
  readonly failure: Promise<never>;
  /** Orders whose customers got no answer, since the process died. */
  abandoned = 0;
  private isStopped = false;
  private mayOrder = 0;

  constructor(
    private readonly sandbox: Pass2PaySandbox,
    private readonly supervisor: Supervisor,
    private readonly random: () => number,
  ) {
    this.customers = Promise.all(Array.from({ length: 3 }, (_, customer) => this.shop(customer)));
    this.failure = new Promise((_, reject) => {
      this.customers.catch(reject);
    });
    this.failure.catch(() => {});
  }

  /** Lets the customers order some more. */
  goOn(): void {
    this.mayOrder = ORDERS_PER_KILL;
  }

  /** What became of each order. @throws what went wrong with the load itself. */
  async end(): Promise<ReadonlyMap<string, Fate>> {
    this.isStopped = true;
    await this.customers;
    return this.fates;
  }

  private async shop(customer: number): Promise<void> {
    for (let count = 0; !this.isStopped; count++) {
      this.mayOrder--;
      if (this.mayOrder < 0) await sleep(500);
      const fate = FATES[Math.floor(this.random() * FATES.length)]!;
      const { fronts } = this.supervisor;
      const front = fronts[Math.floor(this.random() * fronts.length)]!;
      const order = `${fate === 'paid out' ? 'T' : 'C'}${customer}-${count}`;
      const isMade = await createBy(front.url, order, notifyUrl(front, order)).then(
        (response) => response.startsWith('201 '),
        () => false,
      );
      if (isMade) await this.meet(order, fate);
      else this.abandoned++;
      await sleep(this.random() * 100);
    }
  }

  private async meet(order: string, fate: Fate): Promise<void> {
    this.fates.set(order, fate);
    if (fate === 'paid') return this.sandbox.pay(order);
    if (fate === 'paid out') return this.sandbox.succeedTransfer(order);
    await (fate.startsWith('closed') ? this.sandbox.close(order) : this.sandbox.fail(order));
    if (!fate.endsWith('paid')) return;
    await sleep(this.random() * 1_000);
    await this.sandbox.payAfterClose(order);
  }
}

/** How the gateway's last notifies of the orders came through. */
function attemptsOf(sandbox: Pass2PaySandbox, orders: ReadonlyMap<string, Fate>) {
  const all = [...orders.keys()].map((order) => sandbox.notifyAttempts(order));
  return {
    paid: [...orders.values()].filter((fate) => fate.includes('paid')).length,
    late: [...orders.values()].filter((fate) => fate.endsWith('and paid')).length,
    attempts: all.reduce((sum, { length }) => sum + length, 0),
    neverAcknowledged: all.filter((attempts) => !attempts.some(({ acknowledged }) => acknowledged)).length,
  };
}
