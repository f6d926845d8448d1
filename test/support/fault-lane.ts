import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { Chain } from '../../lib/payments/create-crypto-order.dto.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type SandboxEndpoint } from '../../sandbox/index.js';
import type { FaultCase } from './fault-cases.js';
import { FaultProxy } from './fault-proxy.js';

export const CREATES = ['cashierOrder', 'unifiedOrder', 'cryptoOrder', 'transferOrder'] as const;
export type CreateEndpoint = (typeof CREATES)[number];

type RequestKind = 'create' | 'query';

/** A request of the call under test, as one side saw it. */
export interface Sent {
  kind: RequestKind;
  /** ms since 1970, by the lane's clock. */
  at: number;
  /** The gateway provably did nothing: it was not reached, or it answered 429. */
  wasNotActedOn: boolean;
  /** A query's answer: there is no such order. */
  saysNotFound: boolean;
}

/** What a caller was told, and what had really happened once everything had arrived. */
export interface Observation {
  endpoint: CreateEndpoint;
  mchOrderNo: string;
  /** The order that was given out. */
  made: { id: string; amount?: number; recovered: boolean } | undefined;
  /** Else the error: its code. */
  errorCode: string | undefined;
  /** The requests as the client sent them. */
  sent: Sent[];
  /** Those that the sandbox saw, in its order. */
  arrived: Sent[];
  /** What the sandbox has under the number. */
  stored: { id: string; amount: number } | undefined;
  /** How many orders and transfers the sandbox has for the payer. */
  storedForPayer: number;
}

/** Which fault strikes a request of the call: by its kind, and by how many of that kind went before it. */
export type Plan = (kind: RequestKind, index: number) => FaultCase | undefined;

export const AMOUNT = 10_031;
const OTHER_AMOUNT = 10_032;

/** The path of the request that leaves an idle connection; the proxy answers it. */
const IDLE_PATH = '/idle';

/** The mark of orders that somebody else made. */
const ELSEWHERE = 'made-elsewhere';

/** How long the client waits for a response, in ms of the lane's clock. */
const TIMEOUT_MS = 1_000;

/** Nothing listens on it, and no process is given it. */
const NOBODY = 'http://127.0.0.1:1';

/**
 * Client, proxy and sandbox, one after the other, for one call at a time. Sockets are real. Time is not: the lane moves its
 * clock when the call can only wait, for a retry or for a response that never comes. So no result depends on how fast the
 * machine is.
 */
export class FaultLane {
  private readonly clients = new Map<string, Client>();
  private count = 0;

  private neverAnswered = 0;

  private sandbox!: Pass2PaySandbox;

  private constructor(
    private readonly clock: Clock,
    private readonly proxy: FaultProxy,
    /** On the way of the orders that somebody else makes; nothing goes wrong on it. */
    private readonly clearWay: FaultProxy,
    private readonly elsewhere: Client,
  ) {}

  static async open(): Promise<FaultLane> {
    const clock = FakeTimers.install({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    });
    const proxy = await FaultProxy.start();
    const clearWay = await FaultProxy.start();
    const elsewhere = await Client.of({ baseUrl: clearWay.url });
    return new FaultLane(clock, proxy, clearWay, elsewhere);
  }

  /** Puts a sandbox without orders behind the proxies. */
  async renew(): Promise<void> {
    await this.sandbox?.stop();
    this.sandbox = await Pass2PaySandbox.start();
    this.sandbox.journal.subscribe((entry) => {
      if (entry.type === 'request' && (entry.fault === 'lost' || entry.fault === 'late')) this.neverAnswered += 1;
    });
    for (const proxy of [this.proxy, this.clearWay]) proxy.passTo(this.sandbox.url);
  }

  async close(): Promise<void> {
    this.clock.uninstall();
    for (const client of [...this.clients.values(), this.elsewhere]) await client.close();
    await this.proxy.close();
    await this.clearWay.close();
    await this.sandbox?.stop();
  }

  /** Makes an order or transfer while the plan's faults strike. */
  async run(endpoint: CreateEndpoint, plan: Plan, options: Partial<Pass2PayOptions> = {}): Promise<Observation> {
    const mchOrderNo = `${endpoint}-${(this.count += 1)}.`;
    const client = await this.client(options);
    const begun = { create: 0, query: 0 };
    const sent: Sent[] = [];
    client.beforeRequest = async (kind, route) => {
      const fault = plan(kind, begun[kind]);
      begun[kind] += 1;
      if (kind === 'create') await this.proxy.arrive('hold until the next create');
      await fault?.strike({
        proxy: this.proxy,
        sandbox: this.sandbox,
        endpoint: sandboxEndpoint(endpoint, kind),
        mchOrderNo,
        timeoutMs: TIMEOUT_MS,
        refuse: () => (route.origin = NOBODY),
        useIdleConnection: async () => {
          route.isKept = true;
          await this.disconnected();
          this.proxy.next('empty response');
          await client.leaveIdleConnection();
        },
        makeElsewhere: async (what) => {
          await this.elsewhere.create(endpoint, mchOrderNo, what === 'the same' ? AMOUNT : OTHER_AMOUNT, ELSEWHERE);
        },
      });
      const request = { kind, at: Date.now(), wasNotActedOn: false, saysNotFound: false };
      sent.push(request);
      return request;
    };
    const told = await this.withTimeout(
      client,
      client.create(endpoint, mchOrderNo, AMOUNT).then(
        (made) => ({ made, errorCode: undefined }),
        (error: { code?: string; message: string }) => ({ made: undefined, errorCode: error.code ?? error.message }),
      ),
    );
    await this.proxy.arrive();
    // Late responses are sent, to nobody.
    this.clock.tick(TIMEOUT_MS);
    await this.disconnected();
    this.sandbox.clearFaults();
    if (this.proxy.planned.length > 0) throw new Error(`${mchOrderNo}: ${this.proxy.planned.join()} did not strike`);
    return { endpoint, mchOrderNo, ...told, sent, ...this.found(endpoint, mchOrderNo) };
  }

  /** A caller's own second call with the same number, when all is well again. */
  async again({ endpoint, mchOrderNo }: Observation, options: Partial<Pass2PayOptions>): Promise<Observation> {
    const client = await this.client(options);
    client.beforeRequest = undefined;
    const made = await this.withTimeout(client, client.create(endpoint, mchOrderNo, AMOUNT));
    await this.disconnected();
    return { endpoint, mchOrderNo, made, errorCode: undefined, sent: [], ...this.found(endpoint, mchOrderNo) };
  }

  /** Both ends have seen the used connections close, so that no later request meets one that is about to. */
  private async disconnected(): Promise<void> {
    await this.proxy.disconnected();
    await nextTurn();
  }

  /** Moves the clock for a call: to its next timer while no request is on its way, over the timeout of one that nobody answers. */
  private async withTimeout<T>(client: Client, call: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    call.then(over, over);
    let seen = this.unanswered();
    for (;;) {
      await nextTurn();
      if (isOver) return call;
      if (client.underWay === 0) this.clock.next();
      else if (this.unanswered() > seen) {
        seen = this.unanswered();
        this.clock.tick(TIMEOUT_MS);
      }
    }
  }

  /** How many requests have been received that get no response, or a late one. */
  private unanswered(): number {
    return this.neverAnswered + this.proxy.heldSoFar;
  }

  private found(endpoint: CreateEndpoint, mchOrderNo: string) {
    const { sandbox } = this;
    const isTransfer = endpoint === 'transferOrder';
    const ofPayer = (isTransfer ? sandbox.transfers() : sandbox.orders()).filter(
      ({ request }) => request['custNo'] === mchOrderNo,
    );
    const [order, transfer] = [sandbox.order(mchOrderNo), sandbox.transfer(mchOrderNo)];
    const stored = order
      ? { id: order.payOrderId, amount: order.amount }
      : transfer && { id: transfer.transferId, amount: transfer.amount };
    const kinds = { [endpoint]: 'create', [sandboxEndpoint(endpoint, 'query')]: 'query' } as const;
    const arrived = sandbox.requests.flatMap((request): Sent[] => {
      const kind = (kinds as Partial<Record<string, RequestKind>>)[request.endpoint ?? ''];
      if (kind === undefined || !request.body.includes(mchOrderNo) || request.body.includes(ELSEWHERE)) return [];
      const { status = 0, body = '' } = request.response ?? {};
      return [{ kind, at: request.at, wasNotActedOn: status === 429, saysNotFound: saysNotFound(body) }];
    });
    return {
      stored,
      storedForPayer: ofPayer.length,
      arrived,
    };
  }

  private async client(options: Partial<Pass2PayOptions>): Promise<Client> {
    const key = JSON.stringify(options);
    const known = this.clients.get(key);
    if (known !== undefined) return known;
    const circuitBreaker = { failures: 1_000, halfOpenAfterMs: 1_000 };
    // One connection at a time, so that the one which is idle is the one that the next request uses.
    const lane = { baseUrl: this.proxy.url, timeoutMs: TIMEOUT_MS, maxConcurrent: 1, circuitBreaker };
    const client = await Client.of({ ...lane, ...options });
    this.clients.set(key, client);
    return client;
  }
}

/** Where a request goes. */
interface Route {
  origin: string | undefined;
  /** It uses a kept connection, if there is one. All other requests close theirs. */
  isKept: boolean;
}

/** The services, with an eye on every request that they send. */
class Client {
  beforeRequest: ((kind: RequestKind, route: Route) => Promise<Sent>) | undefined;
  /** Requests that were begun and have not ended. */
  underWay = 0;
  private readonly open = new WeakMap<object, Sent>();

  private constructor(
    private readonly services: Pass2PayClient,
    private readonly baseUrl: string,
  ) {
    const { interceptors } = services.gateway.axios;
    interceptors.request.use(async (config) => {
      if (config.url === IDLE_PATH) return config;
      this.underWay += 1;
      const route: Route = { origin: undefined, isKept: false };
      const request = await this.beforeRequest?.(config.url?.endsWith('/query') ? 'query' : 'create', route);
      if (request !== undefined) this.open.set(config, request);
      if (route.origin !== undefined) config.url = config.url!.replace(this.baseUrl, route.origin);
      if (!route.isKept) config.headers.set('Connection', 'close');
      return config;
    });
    interceptors.response.use(
      (response) => {
        this.ended(response.config);
        const request = this.open.get(response.config);
        if (request !== undefined) {
          request.wasNotActedOn = response.status === 429;
          request.saysNotFound = saysNotFound(String(response.data));
        }
        return response;
      },
      (error: { config?: object; code?: string }) => {
        this.ended(error.config);
        const request = this.open.get(error.config ?? {});
        if (request !== undefined) request.wasNotActedOn = error.code === 'ECONNREFUSED';
        throw error;
      },
    );
  }

  static async of(options: Partial<Pass2PayOptions> & { baseUrl: string }): Promise<Client> {
    const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
    return new Client(new Pass2PayClient({ merchants: [{ mchNo, appId, secrets }], ...options }), options.baseUrl);
  }

  close(): Promise<void> {
    return this.services.close();
  }

  /** Leaves a connection open that a request was answered on. */
  async leaveIdleConnection(): Promise<void> {
    const { axios } = this.services.gateway;
    await axios.get(IDLE_PATH, { baseURL: this.baseUrl, maxRedirects: 0 });
    // Undici takes a connection for idle one turn after its response.
    await nextTurn();
  }

  private ended(config: { url?: string } | undefined): void {
    if (config?.url !== IDLE_PATH) this.underWay -= 1;
  }

  async create(
    endpoint: CreateEndpoint,
    mchOrderNo: string,
    amount: number,
    extParam = 'mine',
  ): Promise<NonNullable<Observation['made']>> {
    const order = { mchOrderNo, amount, custNo: mchOrderNo, extParam };
    const payer = { registerTime: 1_622_016_572_190, clientIp: '210.73.10.148' };
    switch (endpoint) {
      case 'cashierOrder': {
        const { registerTime } = payer;
        const made = await this.services.cashier.createOrder({ ...order, registerTime });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'unifiedOrder': {
        const made = await this.services.payments.createOrder({ ...order, ...payer, wayCode: 'ALI_QR' });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'cryptoOrder': {
        const coin = { currency: 'USDT', chain: Chain.Tron, subject: 'x', body: '0' } as const;
        const made = await this.services.payments.createCryptoOrder({ ...order, ...payer, ...coin });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'transferOrder': {
        const { clientIp } = payer;
        const account = { accountNo: '6222020200112233445' };
        const made = await this.services.transfers.createTransfer({ ...order, clientIp, ...account });
        return { id: made.transferId, amount: made.amount, recovered: made.recovered };
      }
      default: {
        const unknown: never = endpoint;
        throw new Error(`no such endpoint: ${String(unknown)}`);
      }
    }
  }
}

function sandboxEndpoint(endpoint: CreateEndpoint, kind: RequestKind): SandboxEndpoint {
  if (kind === 'create') return endpoint;
  return endpoint === 'transferOrder' ? 'transferQuery' : 'query';
}

function saysNotFound(response: string): boolean {
  try {
    return (JSON.parse(response) as { msg?: unknown }).msg === '订单不存在';
  } catch {
    return false;
  }
}
