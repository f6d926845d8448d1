import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './until.js';

/** Kills the server when its input ends: so when it is told to, and when the test's process is gone, however it ended. */
const WATCHED = 'trap "" INT TERM HUP; redis-server "$@" & cat >/dev/null; kill -9 $!; wait';

/** A Redis of a test's own, which keeps its data when it is stopped. It listens on a socket that nobody else can take. */
export class RedisServer {
  private shell: ChildProcess | undefined;

  private constructor(private readonly folder: string) {}

  static isInstalled(): boolean {
    return spawnSync('redis-server', ['--version']).status === 0;
  }

  /** Where it will be; `start()` starts it. */
  static async create(): Promise<RedisServer> {
    return new RedisServer(await mkdtemp(join(tmpdir(), 'pass2pay-redis-')));
  }

  /** The path of its socket, which ioredis takes in place of a URL. */
  get address(): string {
    return join(this.folder, 'redis.sock');
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const settings = { port: 0, unixsocket: this.address, dir: this.folder, appendonly: 'yes', save: '' };
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.shell = spawn('sh', ['-c', WATCHED, 'sh', ...words], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(this.shell, 'spawn');
    await until(() => this.isAnswering(), 'the Redis of the test starts');
  }

  private async isAnswering(): Promise<boolean> {
    const client = new Redis(this.address, { lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => {});
    try {
      await client.connect();
      // While it still loads its data, it takes connections and refuses this.
      await client.exists('any');
      return true;
    } catch {
      return false;
    } finally {
      client.disconnect();
    }
  }

  /** kill -9. */
  async kill(): Promise<void> {
    if (this.shell === undefined || this.shell.exitCode !== null || this.shell.signalCode !== null) return;
    const gone = once(this.shell, 'exit');
    this.shell.stdin!.end();
    await gone;
  }

  /** Ends it for good, and its data with it. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Removes all keys that begin so. */
  static async forget(url: string, prefix: string): Promise<void> {
    const client = new Redis(url);
    try {
      for await (const keys of client.scanStream({ match: `${prefix}*`, count: 1000 }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await client.unlink(...keys);
      }
    } finally {
      client.disconnect();
    }
  }
}
