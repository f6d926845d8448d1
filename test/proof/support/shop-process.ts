import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ReconcilerStats } from '../../../lib/outcome/reconciler.js';
import type { Pass2PayOptions } from '../../../lib/pass2pay.options.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/shop.mjs', import.meta.url));

/** What a merchant's process is to use. */
export interface ShopSettings {
  port: number;
  databaseUrl: string;
  gateway: { url: string; merchant: { mchNo: string; appId: string; secrets: string } };
  /** Redis for handled outcomes; the process's memory where left out. */
  store?: { url: string; prefix: string };
  /** The options of a `BullMqOutcomeQueue`; handlers run inline where left out. */
  queue?: object;
  outcomes?: Pass2PayOptions['outcomes'];
  reconcile: Pass2PayOptions['reconcile'];
  /** How long a handler's transaction stays open at the least. */
  handlerMs?: number;
}

/** The last part of what a process wrote is kept. */
const KEPT_CHARACTERS = 100_000;

/** All that run, so that none is left behind. */
const running = new Set<ChildProcess>();

/** A real process of the merchant. */
export class ShopProcess {
  private output = '';
  private readonly loaded: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    running.add(child);
    child.once('exit', () => running.delete(child));
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

  static async open(settings: ShopSettings): Promise<ShopProcess> {
    const shop = ShopProcess.prepare();
    await shop.open(settings);
    return shop;
  }

  /** Resolves when it listens. */
  async open(settings: ShopSettings): Promise<void> {
    await this.loaded;
    const opened = this.message('open');
    this.child.send(settings);
    await opened;
  }

  /** What it wrote. */
  get log(): string {
    return this.output;
  }

  get isRunning(): boolean {
    return running.has(this.child);
  }

  async reconciler(): Promise<ReconcilerStats> {
    const answer = this.message('stats');
    this.child.send({ ask: 'stats' });
    return (await answer) as ReconcilerStats;
  }

  /** As the kernel does it when memory runs out: kill -9. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
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
      this.child.on('message', onMessage).on('exit', onExit);
    });
  }
}

/** Kills every process that was started here and still runs. */
export async function killAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }),
  );
}
