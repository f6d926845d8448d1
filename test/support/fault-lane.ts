import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CashierService } from '../../lib/cashier/cashier.service.js';
import { GatewayClient } from '../../lib/gateway/gateway-client.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { Chain } from '../../lib/payment/create-crypto-order.dto.js';
import { PaymentService } from '../../lib/payment/payment.service.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox, type SandboxEndpoint } from '../../lib/sandbox/index.js';
import { TransferService } from '../../lib/transfer/transfer.service.js';
import type { FaultCase } from './fault-cases.js';
import { FaultProxy } from './fault-proxy.js';

export const CREATES = ['cashierOrder', 'unifiedOrder', 'cryptoOrder', 'transferOrder'] as const;
export type CreateEndpoint = (typeof CREATES)[number];

export type RequestKind = 'create' | 'query';

/** A request of the call under test, as one side saw it. */
export interface Sent {
  kind: RequestKind;
  /** ms since 1970. */
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

/** The mark of orders that somebody else made. */
const ELSEWHERE = 'made-elsewhere';

/** Client, proxy and sandbox, one behind the other, for one call at a time. */
export class FaultLane {
  private readonly clients = new Map<string, Client>();
  private count = 0;

  private constructor(
    private readonly name: string,
    readonly sandbox: Pass2PaySandbox,
    private readonly proxy: FaultProxy,
    private readonly elsewhere: Client,
    private readonly options: Partial<Pass2PayOptions> & { timeoutMs: number },
  ) {}

  /** @param name part of the order numbers, so that a failure names its lane */
  static async open(name: string, options: Partial<Pass2PayOptions> & { timeoutMs: number }): Promise<FaultLane> {
    const sandbox = await Pass2PaySandbox.start();
    const proxy = await FaultProxy.before(sandbox.url);
    const elsewhere = await Client.of({ baseUrl: sandbox.url });
    return new FaultLane(name, sandbox, proxy, elsewhere, options);
  }

  /** Begins clients with these options, which may take a while. */
  async begin(clients: readonly Partial<Pass2PayOptions>[]): Promise<void> {
    for (const options of clients) await this.client(options);
  }

  async close(): Promise<void> {
    for (const client of [...this.clients.values(), this.elsewhere]) await client.close();
    await this.proxy.close();
    await this.sandbox.stop();
  }

  /** Makes an order or transfer while the plan's faults strike. */
  async run(endpoint: CreateEndpoint, plan: Plan, options: Partial<Pass2PayOptions> = {}): Promise<Observation> {
    const mchOrderNo = `${endpoint}-${this.name}-${(this.count += 1)}.`;
    const client = await this.client(options);
    const begun = { create: 0, query: 0 };
    const sent: Sent[] = [];
    client.beforeRequest = async (kind) => {
      const fault = plan(kind, begun[kind]);
      begun[kind] += 1;
      await this.proxy.accept();
      if (kind === 'create') await this.proxy.arrive('hold until the next create');
      await fault?.strike({
        proxy: this.proxy,
        sandbox: this.sandbox,
        endpoint: sandboxEndpoint(endpoint, kind),
        mchOrderNo,
        timeoutMs: this.options.timeoutMs,
        makeElsewhere: async (what) => {
          await this.elsewhere.create(endpoint, mchOrderNo, what === 'the same' ? AMOUNT : OTHER_AMOUNT, ELSEWHERE);
        },
      });
      const request = { kind, at: Date.now(), wasNotActedOn: false, saysNotFound: false };
      sent.push(request);
      return request;
    };
    const told = await client.create(endpoint, mchOrderNo, AMOUNT).then(
      (made) => ({ made, errorCode: undefined }),
      (error: { code?: string; message: string }) => ({ made: undefined, errorCode: error.code ?? error.message }),
    );
    await this.proxy.accept();
    await this.proxy.arrive();
    this.sandbox.clearFaults();
    return { endpoint, mchOrderNo, ...told, sent, ...this.found(endpoint, mchOrderNo) };
  }

  /** A caller's own second call with the same number, when all is well again. */
  async again({ endpoint, mchOrderNo }: Observation, options: Partial<Pass2PayOptions>): Promise<Observation> {
    const client = await this.client(options);
    client.beforeRequest = undefined;
    const made = await client.create(endpoint, mchOrderNo, AMOUNT);
    return { endpoint, mchOrderNo, made, errorCode: undefined, sent: [], ...this.found(endpoint, mchOrderNo) };
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
      const { status = 0, body = '' } = request.answer ?? {};
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
    const client = await Client.of({ baseUrl: this.proxy.url, ...this.options, ...options });
    this.clients.set(key, client);
    return client;
  }
}

/** The module in an application of its own, with an eye on every request that it sends. */
class Client {
  beforeRequest: ((kind: RequestKind) => Promise<Sent>) | undefined;
  private readonly open = new WeakMap<object, Sent>();

  private constructor(private readonly app: INestApplicationContext) {
    const { http } = app.get(GatewayClient);
    http.axiosRef.interceptors.request.use(async (config) => {
      const request = await this.beforeRequest?.(config.url?.endsWith('/query') ? 'query' : 'create');
      if (request !== undefined) this.open.set(config, request);
      return config;
    });
    http.axiosRef.interceptors.response.use(
      (response) => {
        const request = this.open.get(response.config);
        if (request !== undefined) {
          request.wasNotActedOn = response.status === 429;
          request.saysNotFound = saysNotFound(String(response.data));
        }
        return response;
      },
      (error: { config?: object; code?: string }) => {
        const request = this.open.get(error.config ?? {});
        if (request !== undefined) request.wasNotActedOn = error.code === 'ECONNREFUSED';
        throw error;
      },
    );
  }

  static async of(options: Partial<Pass2PayOptions> & { baseUrl: string }): Promise<Client> {
    const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
    // A connection for each request, so that the proxy's faults strike the request that they are meant for.
    const transport = { keepAliveMs: 0 };
    @Module({ imports: [Pass2PayModule.forRoot({ merchants: [{ mchNo, appId, secrets }], transport, ...options })] })
    class Shop {}
    return new Client(await NestFactory.createApplicationContext(Shop, { logger: false, abortOnError: false }));
  }

  close(): Promise<void> {
    return this.app.close();
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
        const made = await this.app.get(CashierService).createOrder({ ...order, registerTime });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'unifiedOrder': {
        const made = await this.app.get(PaymentService).createOrder({ ...order, ...payer, wayCode: 'ALI_QR' });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'cryptoOrder': {
        const coin = { currency: 'USDT', chain: Chain.Tron, subject: 'x', body: '0' } as const;
        const made = await this.app.get(PaymentService).createCryptoOrder({ ...order, ...payer, ...coin });
        return { id: made.payOrderId, recovered: made.recovered };
      }
      case 'transferOrder': {
        const { clientIp } = payer;
        const account = { accountNo: '6222020200112233445' };
        const made = await this.app.get(TransferService).createTransfer({ ...order, clientIp, ...account });
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

function saysNotFound(answer: string): boolean {
  try {
    return (JSON.parse(answer) as { msg?: unknown }).msg === '订单不存在';
  } catch {
    return false;
  }
}
