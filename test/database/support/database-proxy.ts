import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a server listens. */
export type Target = { host: string; port: number } | { path: string };

/** Where a connection breaks: `before` the server gets what matches, or `after` it has answered that. */
export interface Break {
  when: 'before' | 'after';
  text: RegExp;
  /** Whether nobody gets through from then on, until `accept()`. */
  andRefuse?: boolean;
}

/** What ends a transaction: not the READ COMMITTED of its begin. */
export const COMMIT = /COMMIT(?!TED)/;

/** A TCP proxy before a database that refuses, hangs, delays, breaks a connection at a statement, or leads elsewhere. */
export class DatabaseProxy {
  private readonly sockets = new Set<Socket>();
  private readonly held: (() => void)[] = [];
  private target: Target;
  private state: 'open' | 'refusing' | 'hanging' = 'open';
  private delayMs = 0;
  private break: (Break & { onBreak(): void }) | undefined;

  private constructor(
    private readonly server: Server,
    private readonly databaseUrl: URL,
    target: Target | undefined,
  ) {
    this.target = target ?? { host: databaseUrl.hostname, port: Number(databaseUrl.port) };
    server.on('connection', (client) => this.serve(client));
  }

  /** @param target where the server is, if not where its URL says. */
  static async start(databaseUrl: string, target?: Target): Promise<DatabaseProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseProxy(server, new URL(databaseUrl), target);
  }

  /** The database's address by way of the proxy. */
  get url(): string {
    const url = new URL(this.databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** New connections go to another server. */
  leadTo(target: Target): void {
    this.target = target;
  }

  /** Cuts every connection, and each new one. */
  refuse(): void {
    this.state = 'refusing';
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** Keeps all connections and takes new ones, and lets nothing through, as a network does that drops every packet. */
  hang(): void {
    this.state = 'hanging';
  }

  /** Lets everything through, also what has been held. */
  accept(): void {
    this.state = 'open';
    for (const pass of this.held.splice(0)) pass();
  }

  /** Lets each answer of the server through after so many ms. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  /** Breaks the next connection that comes to a point; resolves when it has. */
  async breakAt(point: Break): Promise<void> {
    await new Promise<void>((resolve) => {
      this.break = { ...point, onBreak: resolve };
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private serve(client: Socket): void {
    if (this.state === 'refusing') {
      client.on('error', () => {}).resetAndDestroy();
      return;
    }
    const database = connect({ noDelay: true, ...this.target });
    let breaking: Break | undefined;
    const cut = () => {
      client.resetAndDestroy();
      database.destroy();
    };
    for (const socket of [client, database]) {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.sockets.delete(socket);
        cut();
      });
    }
    client.on('data', (bytes) =>
      this.pass(() => {
        breaking ??= this.strike(bytes);
        if (breaking?.when === 'before') cut();
        else database.write(bytes);
      }),
    );
    database.on('data', (bytes) => {
      const answer = () => {
        if (breaking) cut();
        else client.write(bytes);
      };
      if (this.delayMs === 0 || breaking) this.pass(answer);
      else void sleep(this.delayMs).then(() => this.pass(answer));
    });
  }

  private pass(work: () => void): void {
    if (this.state === 'hanging') this.held.push(work);
    else work();
  }

  private strike(bytes: Buffer): Break | undefined {
    const struck = this.break;
    if (struck === undefined || !struck.text.test(bytes.toString('latin1'))) return undefined;
    this.break = undefined;
    if (struck.andRefuse === true) this.state = 'refusing';
    struck.onBreak();
    return struck;
  }
}
