import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from '@jest/globals';
import { Redis } from 'ioredis';

/** A Redis of the test's own, which may be stopped, killed and changed. */
export class OwnRedis {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly settings: readonly string[],
  ) {}

  /** It forgets all when it stops, unless the settings say otherwise. */
  static async start(...settings: string[]): Promise<OwnRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'pass2pay-redis-'));
    const redis = new OwnRedis(await freePort(), folder, settings);
    try {
      await redis.start();
      return redis;
    } catch (error) {
      await redis.remove();
      throw error;
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const fixed = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder, '--save', ''];
    this.process = spawn('redis-server', [...fixed, ...this.settings], { stdio: 'ignore' });
    for (let tries = 0; !(await answers(this.port)); tries++) {
      if (tries === 100) throw new Error(`The test's own Redis does not answer on port ${this.port}.`);
      await sleep(50);
    }
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

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
