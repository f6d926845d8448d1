import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ShopEnvironment } from '../sell-through.js';
import { get } from './http.js';
import { until } from './wait.js';

/** The shop in a process of its own. */
export class ShopProcess {
  private constructor(private readonly child: ChildProcess) {}

  /** @throws Error with what the shop has logged, where it does not start. */
  static async start(environment: ShopEnvironment): Promise<ShopProcess> {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../main.js')], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (log += text.toString()));
    const isOpen = async () => {
      if (child.exitCode !== null) throw new Error(`The shop did not start:\n${log}`);
      return get(environment.PUBLIC_URL).catch(() => undefined);
    };
    const shop = new ShopProcess(child);
    try {
      await until('the shop', isOpen, 30_000);
    } catch (error) {
      await shop.kill();
      throw error;
    }
    return shop;
  }

  /** Ends it as a crash does: nothing is finished, nothing is closed. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
