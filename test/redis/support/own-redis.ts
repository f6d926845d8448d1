import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ownAddress } from './own-address.js';

/** A Redis of the test's own, which may be stopped, killed and changed. */
export class OwnRedis {
  readonly host: string;
  private readonly port: number;
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly settings: readonly string[],
  ) {
    ({ host: this.host, port: this.port } = ownAddress());
  }

  /** It forgets all when it stops, unless the settings say otherwise. */
  static async start(...settings: string[]): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'pass2pay-redis-'));
    const redis = new OwnRedis(folder, settings);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      await redis.remove();
      throw error;
    }
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  /** Resolves when it takes commands. */
  async start(): Promise<void> {
    const place = ['--bind', this.host, '--port', String(this.port), '--dir', this.folder];
    // Its address is on this machine, but none that Redis takes for one of those.
    const fixed = [...place, '--protected-mode', 'no', '--save', ''];
    const server = spawn('redis-server', [...fixed, ...this.settings], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.process = server;
    const log: string[] = [];
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      createInterface(server.stdout)
        .on('line', (line) => {
          log.push(line);
          if (line.includes('Ready to accept connections')) resolve();
        })
        .on('close', () => reject(new Error(`The test's own Redis has ended:\n${log.join('\n')}`)));
    });
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Lets it hang: connections stay open, and nothing is answered. */
  freeze(): void {
    this.process!.kill('SIGSTOP');
  }

  thaw(): void {
    this.process!.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Says something to it on a connection of its own. */
  async tell(command: string, ...args: (string | number)[]): Promise<unknown> {
    const client = new Redis(this.url);
    try {
      return await client.call(command, args);
    } finally {
      client.disconnect();
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const server = this.process;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    await gone;
  }
}

/** In CI a missing `redis-server` is a failure, so the tests run, and fail, without it. */
export function describeWithOwnRedis(name: string, tests: () => void): void {
  const isInstalled = spawnSync('redis-server', ['--version']).status === 0;
  if (process.env.CI || isInstalled) describe(name, tests);
  else test.skip(`${name}: skipped, since the command redis-server is not installed`, () => {});
}
