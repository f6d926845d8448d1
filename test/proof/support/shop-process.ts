import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { QueueCounts } from '../../../lib/bullmq/outcome-jobs.js';
import type { ReconcilerStats } from '../../../lib/outcomes/reconciler.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';
import { PROGRAMS } from './bundle-programs.mjs';

/** `shop`: with merchant orders and a unique key of its handlers; `inbox-shop`: with its database alone. */
export type Program = 'shop' | 'inbox-shop';

interface Gateway {
  url: string;
  merchant: { mchNo: string; appId: string; secrets: string };
  /** The open platform, without what Pass2Pay adds to it. */
  isPlatform?: boolean;
  /** How long it may take to answer, and how long a create waits for another one of its number, in ms. */
  timeoutMs?: number;
}

/** What a process that has its database alone is to use. */
export interface InboxShopSettings {
  dialect: 'PostgreSQL' | 'MariaDB';
  databaseUrl: string;
  gateway: Gateway;
  databaseLimits?: Pass2PayOptions['databaseLimits'];
  /** Without it, the reconciler asks about no order. */
  reconcile?: Pass2PayOptions['reconcile'];
  /** How long a handler takes in its transaction, in ms, and of how many calls one fails. */
  handler?: { ms?: number; failEvery?: number };
}

/** What a merchant's process is to use. */
export interface ShopSettings {
  databaseUrl: string;
  gateway: Gateway;
  /** Redis for handled outcomes, by URL or the path of its socket; the process's memory where left out. */
  store?: { address: string; prefix: string; commandTimeoutMs?: number };
  /** The options of a `BullMqOutcomeQueue`; handlers run inline where left out. */
  queue?: object;
  outcomes?: Pass2PayOptions['outcomes'];
  reconcile: Pass2PayOptions['reconcile'];
  /** How long a handler's transaction stays open at the least. */
  handlerMs?: number;
}

/** The last part of what a process wrote is kept. */
const KEPT_CHARACTERS = 100_000;

/** A real process of the merchant. */
export class ShopProcess {
  private output = '';
  private listensOn: number | undefined;
  private readonly loaded: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (text) => {
        this.output = (this.output + String(text)).slice(-KEPT_CHARACTERS);
      });
    }
    this.loaded = this.message('loaded');
    this.loaded.catch(() => {});
  }

  /** A process that has loaded its program, or is about to, and opens on `open()`. */
  static prepare(program: Program = 'shop'): ShopProcess {
    const file = join(PROGRAMS, `${program}.cjs`);
    return new ShopProcess(fork(file, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] }));
  }

  /** Resolves when it listens. */
  async open(settings: ShopSettings | InboxShopSettings): Promise<void> {
    await this.loaded;
    this.listensOn = (await this.ask('port', { open: settings })) as number;
  }

  get port(): number {
    if (this.listensOn === undefined) throw new Error('The process is not open');
    return this.listensOn;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it wrote. */
  get log(): string {
    return this.output;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async reconciler(): Promise<ReconcilerStats> {
    return (await this.ask('stats', { ask: 'stats' })) as ReconcilerStats;
  }

  async queueCounts(): Promise<QueueCounts> {
    return (await this.ask('counts', { ask: 'counts' })) as QueueCounts;
  }

  /** Sets the clock of an inbox shop so far ahead of the machine's, in ms. */
  async setAhead(ms: number): Promise<void> {
    await this.ask('ahead', { ask: 'ahead', ms });
  }

  /** Has an inbox shop kill itself when it comes to a point whose name begins so, for the `left`-th time. */
  async dieAt(point: string, left: number): Promise<void> {
    await this.ask('armed', { ask: 'armed', point, left });
  }

  /** Resolves when it has ended. */
  async ended(): Promise<void> {
    if (this.isRunning) await once(this.child, 'exit');
  }

  /** Shuts down in good order: what it handles is finished. */
  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    await this.ask('closed', { ask: 'closed' });
    await gone;
  }

  /** As the kernel does it when memory runs out: kill -9. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** Sends the message, and resolves with the value that it sends back under this name. */
  private async ask(name: string, message: object): Promise<unknown> {
    const response = this.message(name);
    if (this.child.connected) this.child.send(message);
    return response;
  }

  /** The value that it sends under this name. */
  private message(name: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.child.off('message', onMessage).off('exit', onExit);
        settle();
      };
      const onMessage = (message: unknown) => {
        const value = (message as Record<string, unknown>)[name];
        if (value !== undefined) end(() => resolve(value));
      };
      const onExit = () => end(() => reject(new Error(`The process ended before “${name}”:\n${this.output}`)));
      if (!this.isRunning) onExit();
      else this.child.on('message', onMessage).on('exit', onExit);
    });
  }
}
