import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { verify } from '../../../lib/protocol/signature/verify.js';
import type { Pass2PaySandbox, SandboxMerchant } from '../../../sandbox/index.js';
import { MerchantClient } from '../../sandbox/support/merchant-client.js';
import { HeldPort } from '../../support/held-port.js';

export type Params = Readonly<Record<string, string>>;

export interface ShopOrder {
  readonly mchNo: string;
  readonly amount: string;
  readonly currency: string;
  state: 'open' | 'closed' | 'paid';
}

/** What outlives the process. */
class Books {
  readonly orders = new Map<string, ShopOrder>();
  readonly fulfilments: string[] = [];
}

/** The gateway that a shop sells through. */
export type Gateway = Pick<Pass2PaySandbox, 'url' | 'merchants'>;

const PAID = '2';

/**
 * A shop that handles notifies by hand, and rightly. Those in `planted-shops.ts` each get one step of it wrong.
 */
export class PlantedShop {
  protected readonly books = new Books();
  private server: Server | undefined;
  private made = 0;

  /** @param port where it listens, whenever it starts */
  constructor(
    protected readonly gateway: Gateway,
    private readonly port: HeldPort,
  ) {}

  /** `http://host:port`: the routes are /pay/notify, /thanks, /orders and /effects/<no>. */
  get url(): string {
    return `http://127.0.0.1:${this.port.port}`;
  }

  /** Makes an order at the gateway. */
  async order(): Promise<string> {
    const mchOrderNo = `S${++this.made}`;
    const { mchNo } = this.merchant;
    this.books.orders.set(mchOrderNo, { mchNo, amount: '10031', currency: 'cny', state: 'open' });
    await new MerchantClient(this.gateway as Pass2PaySandbox, this.merchant).cashierOrder({ mchOrderNo });
    return mchOrderNo;
  }

  count(mchOrderNo: string): number {
    return this.books.fulfilments.filter((fulfilled) => fulfilled === mchOrderNo).length;
  }

  /** Ends as a crash does, and starts again on its books. */
  async restart(): Promise<void> {
    await this.stop();
    this.forget();
    await this.start();
  }

  protected get merchant(): SandboxMerchant {
    return this.gateway.merchants[0]!;
  }

  /** Memory is lost. */
  protected forget(): void {}

  protected handle(params: Params, response: ServerResponse): void {
    const order = this.orderOf(params);
    if (!this.isGenuine(params) || order === undefined) {
      response.writeHead(401).end();
      return;
    }
    if (this.fits(params, order)) this.apply(params, order);
    this.acknowledge(response);
  }

  /** Signed with the secret of the app that it names, and to be read in one way only. */
  protected isGenuine({ sign, ...params }: Params): boolean {
    const app = this.gateway.merchants.find(
      ({ mchNo, appId }) => mchNo === params['mchNo'] && appId === params['appId'],
    );
    if (app === undefined || Object.values(params).some((value) => value.includes('&'))) return false;
    return verify(params, sign, app.secret);
  }

  protected orderOf({ mchOrderNo = '', mchNo }: Params): ShopOrder | undefined {
    const order = this.books.orders.get(mchOrderNo);
    return order?.mchNo === mchNo ? order : undefined;
  }

  protected fits({ amount, currency }: Params, order: ShopOrder): boolean {
    return amount === order.amount && currency === order.currency;
  }

  protected apply({ mchOrderNo = '', state }: Params, order: ShopOrder): void {
    if (state === PAID && order.state !== 'paid') {
      order.state = 'paid';
      this.books.fulfilments.push(mchOrderNo);
    } else if (order.state === 'open') order.state = 'closed';
  }

  protected acknowledge(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end('success');
  }

  /** The payer comes back. */
  protected thank(_params: Params): void {}

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.receive(request, response));
    this.server.listen(this.port.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  async stop(): Promise<void> {
    const closed = once(this.server!, 'close');
    this.server!.close();
    this.server!.closeAllConnections();
    await closed;
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await text(request);
      const { pathname, search } = new URL(request.url ?? '/', this.url);
      const params = paramsOf(search, body, request.headers['content-type'] ?? '');
      if (pathname === '/thanks') {
        this.thank(params);
        response.end('Thank you.');
      } else if (pathname === '/orders') response.end(JSON.stringify({ mchOrderNo: await this.order() }));
      else if (pathname.startsWith('/effects/')) response.end(String(this.count(pathname.slice('/effects/'.length))));
      else if (request.method === 'POST') this.handle(params, response);
      else response.writeHead(405).end();
    } catch {
      // Nobody waits for an answer any more, or it was not readable.
      response.writeHead(400).end();
    }
  }
}

function paramsOf(search: string, body: string, contentType: string): Params {
  if (contentType.startsWith('application/json')) {
    const members = Object.entries(JSON.parse(body) as Record<string, string | number>);
    return Object.fromEntries(members.map(([name, value]) => [name, String(value)]));
  }
  return Object.fromEntries(new URLSearchParams(body === '' ? search : body));
}
