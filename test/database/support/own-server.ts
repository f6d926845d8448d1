import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { Target } from './database-proxy.js';

const run = promisify(execFile);

/** Ends the server when its input ends: so when it is told to, and when the test's process is gone, however it ended. */
const WATCHED = '"$@" & cat >/dev/null; kill -s "$SIGNAL" $!; wait';

/** How a server is made and started, as a crash ends it. */
interface Kind {
  /** The system's user that it runs as, where the tests run as root. */
  user: string;
  url: string;
  /** SIGQUIT ends PostgreSQL's other processes too, and leaves the same to recover as a crash. */
  signal: 'QUIT' | 'KILL';
  socket(folder: string): string;
  make(data: string): Promise<string[]>;
  serve(data: string, folder: string): Promise<string[]>;
  /** @throws while it takes no statements. */
  ask(socket: string): Promise<unknown>;
}

const KINDS: Readonly<Record<'PostgreSQL' | 'MariaDB', Kind>> = {
  PostgreSQL: {
    user: 'postgres',
    url: 'postgres://postgres@127.0.0.1:5432/postgres',
    signal: 'QUIT',
    socket: (folder) => join(folder, '.s.PGSQL.5432'),
    make: async (data) => [await ofPostgres('initdb'), '-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync'],
    serve: async (data, folder) => [
      await ofPostgres('postgres'),
      '-D',
      data,
      '-k',
      folder,
      '-p',
      '5432',
      '-c',
      'listen_addresses=',
      '-c',
      'unix_socket_permissions=0777',
    ],
    ask: async (socket) => {
      const client = new pg.Client({ host: dirname(socket), port: 5432, user: 'postgres' });
      client.on('error', () => {});
      try {
        await client.connect();
      } finally {
        await client.end();
      }
    },
  },
  MariaDB: {
    user: 'mysql',
    url: 'mysql://root@127.0.0.1:3306/mysql',
    signal: 'KILL',
    socket: (folder) => join(folder, 'mariadb.sock'),
    make: async (data) => [
      'mariadb-install-db',
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    serve: async (data, folder) => [
      'mariadbd',
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${KINDS.MariaDB.socket(folder)}`,
      '--skip-networking',
      `--pid-file=${join(folder, 'pid')}`,
    ],
    ask: async (socketPath) => {
      const connection = await mysql.createConnection({ socketPath, user: 'root' });
      await connection.end();
    },
  },
};

/** A database server of a test's own, which may be killed and started at another address on the same data. */
export class OwnServer {
  private shell: ChildProcess | undefined;
  private instances = 0;

  private constructor(
    private readonly kind: Kind,
    private readonly folder: string,
    private readonly identity: { uid?: number; gid?: number },
  ) {}

  /** Makes its data; `start()` starts it. */
  static async create(name: keyof typeof KINDS): Promise<OwnServer> {
    const kind = KINDS[name];
    const identity = identityOf(kind.user);
    const folder = await mkdtemp(join(tmpdir(), 'pass2pay-db-'));
    if (identity.uid !== undefined) await chown(folder, identity.uid, identity.gid!);
    const [file, ...args] = await kind.make(join(folder, 'data'));
    await run(file!, args, { ...identity, cwd: folder });
    return new OwnServer(kind, folder, identity);
  }

  /** Where a client would think that it is. */
  get url(): string {
    return this.kind.url;
  }

  /** Starts an instance at an address of its own; resolves with that when it takes statements. */
  async start(): Promise<Target> {
    const folder = await mkdtemp(join(this.folder, `${++this.instances}-`));
    if (this.identity.uid !== undefined) await chown(folder, this.identity.uid, this.identity.gid!);
    const words = await this.kind.serve(join(this.folder, 'data'), folder);
    this.shell = spawn('sh', ['-c', WATCHED, 'sh', ...words], {
      ...this.identity,
      cwd: folder,
      env: { ...process.env, SIGNAL: this.kind.signal },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(this.shell, 'spawn');
    const path = this.kind.socket(folder);
    while (!(await this.answersAt(path))) {
      if (this.shell.exitCode !== null) throw new Error('The server of the test has ended at its start');
      await sleep(50);
    }
    return { path };
  }

  private async answersAt(path: string): Promise<boolean> {
    try {
      await this.kind.ask(path);
      return true;
    } catch {
      return false;
    }
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    if (this.shell === undefined || this.shell.exitCode !== null || this.shell.signalCode !== null) return;
    const gone = once(this.shell, 'exit');
    this.shell.stdin!.end();
    await gone;
  }

  /** Ends it for good, and its data with it. */
  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** The programs of the newest PostgreSQL: packages keep them out of PATH. */
async function ofPostgres(program: string): Promise<string> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  const newest = versions.map(Number).toSorted((a, b) => b - a)[0];
  return newest === undefined ? program : `/usr/lib/postgresql/${newest}/bin/${program}`;
}

/** Servers refuse to run as root. */
function identityOf(user: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (what: string) => Number(execFileSync('id', [what, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
