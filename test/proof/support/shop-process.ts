import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { QueueCounts } from '../../../lib/bullmq/outcome-jobs.js';
import type { ReconcilerStats } from '../../../lib/outcomes/reconciler.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/shop.mjs', import.meta.url));

/** What a merchant's process is to use. */
export interface ShopSettings {
  databaseUrl: string;
  gateway: { url: string; merchant: { mchNo: string; appId: string; secrets: string } };
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
  static prepare(): ShopProcess {
    return new ShopProcess(fork(PROGRAM, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] }));
  }

  /** Resolves when it listens. */
  async open(settings: ShopSettings): Promise<void> {
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
