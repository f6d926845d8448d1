// Real time: real processes die, and the notifies of a hasty gateway follow each other.
import { expect } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pass2PaySandbox, SandboxFault } from '../../sandbox/index.js';
import { describeProof, notifyUrl, type Dialect } from './support/describe-proof.js';
import { figures } from './support/figures.js';
import { IS_LONG } from '../support/form.js';
import type { InboxDatabase } from './support/inbox-database.js';
import { attemptBy, type Attempt } from './support/orders.js';
import { randomFrom } from './support/random.js';
import { Supervisor } from './support/supervisor.js';
import { until } from './support/until.js';

const KILLS = IS_LONG ? 100 : 15;

/** An order expires after 9 s, and its notify is attempted at 0, 0.3, 0.9, 1.8, 3 and 4.5 s. */
const GATEWAY_SPEED = 100;

/** So many orders for a kill come quickly, further ones slowly. */
const ORDERS_PER_KILL = 6;

/** How much time passes with each kill, in ms: leases and waits of those that died come to their end. */
const PASSES_PER_KILL_MS = 300_000;

/** What the gateway or the network does to a create. */
const FAULTS: readonly (Pick<SandboxFault, 'kind'> & Record<string, unknown>)[] = [
  { kind: 'reset-before' },
  { kind: 'reset-after' },
  { kind: 'error-after-store' },
  { kind: 'truncated' },
  { kind: 'duplicate-request' },
  { kind: 'upstream', result: 'broken' },
  { kind: 'upstream', result: 'declined' },
];

/** What payers do. The platform tells only of payments: the rest, the reconciler has to learn. */
const FATES = ['paid', 'paid and told to nobody', 'closed', 'closed and paid', 'expired'] as const;
type Fate = (typeof FATES)[number];

/** What a customer was told of an order, attempt by attempt. */
interface Customer {
  fate: Fate;
  attempts: Attempt[];
}

await describeProof<Dialect>({
  when: `kill -9 at ${KILLS} random points of creating, paying, expiring and reconciling, at a gateway that fails`,
  holds: 'no order is made twice, none is lost or called failed that exists, and what was paid is applied once',
  modes: ['PostgreSQL', 'MariaDB'],
  run: async (scene, dialect, processes) => {
    const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);
    try {
      const database = await scene.inboxDatabase(dialect);
      const sandbox = await scene.sandbox({
        dialect: 'platform',
        notifySpeed: GATEWAY_SPEED,
        notifyTimeoutMs: 60_000,
      });
      const settings = scene.inboxSettings(database, sandbox);
      Object.assign(settings.databaseLimits!, { sweepEveryMs: 200 });
      Object.assign(settings.gateway, { isPlatform: true, timeoutMs: 2_000 });
      const reconcile = { afterMs: 2_000, everyMs: 200, perMinute: 3_000 };
      const supervisor = await Supervisor.start(scene, { ...settings, reconcile }, processes, 'inbox-shop');

      const random = randomFrom(seed);
      const shopping = new Shopping(sandbox, supervisor, random);
      scene.own(shopping, () => shopping.end());
      const start = performance.now();
      for (let kill = 0; kill < KILLS; kill++) {
        const index = Math.floor(random() * processes);
        const shop = supervisor.processes[index]!;
        shopping.goOn();
        if (kill % 2 === 0) {
          await Promise.race([
            supervisor.fronts[index]!.afterConnections(1 + Math.floor(random() * 4)),
            shopping.failure,
          ]);
          await sleep(random() * 50);
          await shop.kill();
        } else {
          await shop.dieAt('', 1 + Math.floor(random() * 30));
          await Promise.race([shop.ended(), shopping.failure]);
        }
        await supervisor.replaceDead(index);
        await database.letPass(PASSES_PER_KILL_MS);
      }
      const customers = await shopping.end();
      const seconds = (performance.now() - start) / 1000;

      sandbox.clearFaults();
      await sandbox.advance(86_400_000 / GATEWAY_SPEED);
      await settle(database);
      expect(sandbox.orders().length).toBeGreaterThan(KILLS);
      expect(await wrongs(database, sandbox, customers)).toEqual([]);
      expect(Object.keys(await database.results()).filter((result) => /received|failed|dead/.test(result))).toEqual([]);
      figures(`orders-kill ${dialect}`, {
        kills: KILLS,
        seconds,
        orders: customers.size,
        made: sandbox.orders().length,
        attempts: countsOf(
          [...customers.values()].flatMap(({ attempts }) => attempts.map(({ code }) => code ?? 'made')),
        ),
        statuses: await database.statuses(),
        seed,
      });
    } catch (error) {
      throw new Error(`With PROOF_SEED=${seed}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  },
});

/** Lets days pass until no order waits for anything: seldom, since an order that is being looked at keeps none of it. */
async function settle(database: InboxDatabase): Promise<void> {
  let looks = 0;
  await until(async () => {
    const { received = 0, failed = 0 } = await database.results();
    const { creating = 0, unknown = 0, pending = 0 } = await database.statuses();
    if (received + failed + creating + unknown + pending === 0) return true;
    if (looks++ % 40 === 0) await database.letPass(90_000_000);
    return false;
  }, 'every order has come to its end, and every outcome is applied');
}

async function wrongs(
  database: InboxDatabase,
  sandbox: Pass2PaySandbox,
  customers: ReadonlyMap<string, Customer>,
): Promise<string[]> {
  const effects = await database.effects();
  const rows = await database.orders();
  const atGateway = new Map(sandbox.orders().map((order) => [order.mchOrderNo, order]));
  const numbers = new Set([...customers.keys(), ...rows.keys(), ...atGateway.keys(), ...effects.keys()]);
  return [...numbers].flatMap((number) => {
    const made = atGateway.get(number);
    const row = rows.get(number);
    const { fate, attempts = [] } = customers.get(number) ?? {};
    const seen = (effects.get(number) ?? []).map(({ state, late }) => `${state}${late ? ' late' : ''}`).join(', ');
    const last = attempts.at(-1);
    const known = new Set(attempts.flatMap(({ payOrderId }) => payOrderId ?? []));
    const issues = [
      made !== undefined && row?.status !== 'created' && `is at the gateway, and ${row?.status ?? 'lost'} here`,
      made === undefined && row?.status === 'created' && 'is created here, and unknown to the gateway',
      made !== undefined &&
        row !== undefined &&
        row.gatewayId !== made.payOrderId &&
        'has another number of the gateway',
      known.size > 1 && `was made more than once: ${[...known].join(', ')}`,
      made !== undefined && [...known].some((id) => id !== made.payOrderId) && 'was given out with another number',
      made !== undefined && isRefusal(last) && `exists, and its customer was told ${last.code}`,
      made === undefined && seen !== '' && `has effects (${seen}), and does not exist`,
      made !== undefined && !expectedEffects(fate, made).test(seen) && `has had the effects ${seen || 'none'}`,
    ];
    return issues.filter((issue) => issue !== false).map((issue) => `${number} (${fate}): ${issue}`);
  });
}

/** What says for certain that there is no order. */
function isRefusal(attempt: Attempt | undefined): attempt is Attempt & { code: string } {
  return attempt?.code !== undefined && attempt.code !== 'PASS2PAY_OUTCOME_UNKNOWN' && attempt.code !== 'no answer';
}

/** Each state at most once; paid is paid, and late where its closing or failure has had its effect before. */
function expectedEffects(fate: Fate | undefined, made: { state: number; paidLateAt?: number }): RegExp {
  if (made.paidLateAt !== undefined) return /^([36], 2 late|2( late)?)$/;
  if (fate?.startsWith('paid') && made.state === 2) return /^2$/;
  return new RegExp(`^${made.state}$`);
}

/** Customers who order, again where they get no answer, and pay or do not, until they are stopped. */
class Shopping {
  private readonly customers = new Map<string, Customer>();
  private readonly shopping: Promise<unknown>;
  /** Rejects with what goes wrong with the customers themselves. */
  readonly failure: Promise<never>;
  private isStopped = false;
  private mayOrder = 0;

  constructor(
    private readonly sandbox: Pass2PaySandbox,
    private readonly supervisor: Supervisor,
    private readonly random: () => number,
  ) {
    this.shopping = Promise.all(Array.from({ length: 3 }, (_, customer) => this.shop(customer)));
    this.failure = new Promise((_, reject) => {
      this.shopping.catch(reject);
    });
    this.failure.catch(() => {});
  }

  /** Lets the customers order some more. */
  goOn(): void {
    this.mayOrder = ORDERS_PER_KILL;
  }

  /** What each customer was told. @throws what went wrong with the customers themselves. */
  async end(): Promise<ReadonlyMap<string, Customer>> {
    this.isStopped = true;
    await this.shopping;
    return this.customers;
  }

  private async shop(customer: number): Promise<void> {
    for (let count = 0; !this.isStopped; count++) {
      this.mayOrder--;
      if (this.mayOrder < 0) await sleep(200);
      const order = `U${customer}-${count}`;
      const fate = this.oneOf(FATES);
      const attempts: Attempt[] = [];
      this.customers.set(order, { fate, attempts });
      this.disturb(order);
      do attempts.push(await this.attempt(order));
      while (attempts.at(-1)!.payOrderId === undefined && this.random() < 0.6);
      if (this.sandbox.order(order) !== undefined) await this.meet(order, fate);
      await sleep(this.random() * 100);
    }
  }

  /** Of some orders, the create fails, and of some of these the queries as well: then nobody knows what became of it. */
  private disturb(mchOrderNo: string): void {
    if (this.random() < 0.5) return;
    this.sandbox.inject({ ...this.oneOf(FAULTS), mchOrderNo } as SandboxFault);
    if (this.random() < 0.3) this.sandbox.inject({ kind: 'reset-before', endpoint: 'query', mchOrderNo, times: 9 });
  }

  private async attempt(order: string): Promise<Attempt> {
    const front = this.oneOf(this.supervisor.fronts);
    return attemptBy(front.url, order, notifyUrl(front, order));
  }

  /** Also where the customer was told of no order: it exists, and may be paid. */
  private async meet(order: string, fate: Fate): Promise<void> {
    const { sandbox } = this;
    const failed = sandbox.order(order)!.state === 3;
    if (fate === 'paid and told to nobody') sandbox.inject({ kind: 'notify-drop', mchOrderNo: order, times: Infinity });
    if (fate === 'expired') return;
    if (failed) {
      if (fate.endsWith('paid')) await sandbox.payAfterClose(order);
      return;
    }
    if (fate.startsWith('paid')) return sandbox.pay(order);
    await sandbox.close(order);
    if (fate === 'closed') return;
    await sleep(this.random() * 1_000);
    await sandbox.payAfterClose(order);
  }

  private oneOf<Choice>(choices: readonly Choice[]): Choice {
    return choices[Math.floor(this.random() * choices.length)]!;
  }
}

function countsOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
