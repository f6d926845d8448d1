import { getRepositoryToken } from '@nestjs/typeorm';
import { OrderState } from 'nestjs-pass2pay';
import type { Pass2PaySandbox } from 'pass2pay-sandbox';
import { DataSource, type Repository } from 'typeorm';
import { ShopOrder } from '../../src/books/shop-order.entity.js';
import { OrderNews } from '../../src/orders/order-news.js';
import type { PlacedOrder } from '../../src/orders/orders.controller.js';
import { sellThrough } from '../../src/sell-through.js';
import { createShop } from '../../src/shop.js';
import { HeldPort } from '../../../test/support/held-port.js';
import { recordingLogger } from '../../../test/support/recording-logger.js';
import type { TestDatabase } from './databases.js';

export const ADMIN_PASSWORD = 'open-sesame-and-close-again';

const OWN_SETTINGS = new Set(['DATABASE_URL', 'SQLITE_FILE', 'CASHIER_ORIGINS', 'SHOP_ADMIN_PASSWORD', 'NODE_ENV']);

/** An order of which the gateway has heard: most of those that tests look at. */
export type OpenedOrder = ShopOrder & { mchOrderNo: string };

/** A shop that listens on a port of this machine. */
export class RunningShop {
  private constructor(
    readonly url: string,
    private readonly app: Awaited<ReturnType<typeof createShop>>,
    private readonly ownPort: HeldPort | undefined,
  ) {}

  /** @param port kept when the shop closes; one of its own where it is left out */
  static async open(sandbox: Pass2PaySandbox, database: TestDatabase, port?: HeldPort): Promise<RunningShop> {
    const ownPort = port === undefined ? await HeldPort.take() : undefined;
    const { port: number } = (port ?? ownPort)!;
    try {
      const environment = sellThrough(sandbox, number);
      for (const name of Object.keys(process.env)) {
        if (name.startsWith('PASS2PAY_') || OWN_SETTINGS.has(name)) delete process.env[name];
      }
      Object.assign(process.env, environment, { SHOP_ADMIN_PASSWORD: ADMIN_PASSWORD }, database.environment);
      const app = await createShop({ logger: recordingLogger });
      await app.listen(number, '127.0.0.1');
      return new RunningShop(environment.PUBLIC_URL, app, ownPort);
    } catch (error) {
      await ownPort?.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.ownPort?.release();
  }

  /** The order's row, from the database. */
  async row(mchOrderNo: string): Promise<OpenedOrder | null> {
    return (await this.repository(ShopOrder).findOneBy({ mchOrderNo })) as OpenedOrder | null;
  }

  /** All rows, oldest first. */
  async rows(): Promise<OpenedOrder[]> {
    return (await this.repository(ShopOrder).find({ order: { id: 'ASC' } })) as OpenedOrder[];
  }

  /** The outcomes of the order that were applied, oldest first. */
  async outcomes(mchOrderNo: string): Promise<string[]> {
    const found: { state: OrderState }[] = await this.app
      .get(DataSource)
      .query(
        `SELECT state FROM pass2pay_outcome WHERE compared_no = '${mchOrderNo.toLowerCase()}' AND result = 'applied' ORDER BY id`,
      );
    return found.map(({ state }) => OrderState[state]);
  }

  /** Orders tea and gives its number. */
  async order(): Promise<string> {
    return (await this.placed()).mchOrderNo;
  }

  /** Orders tea. */
  async placed(): Promise<PlacedOrder> {
    const response = await this.post('/orders', { product: 'tea' });
    return (await response.json()) as PlacedOrder;
  }

  async sql(statement: string): Promise<void> {
    await this.repository(ShopOrder).query(statement);
  }

  /** The number of orders. */
  count(): Promise<number> {
    return this.repository(ShopOrder).count();
  }

  /** Opens the checkout form of a product, and gives its key. */
  async formKey(product = 'tea'): Promise<string> {
    const page = await (await fetch(`${this.url}/checkout/${product}`)).text();
    return /name="checkoutKey" value="([\w-]{22})"/.exec(page)![1]!;
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    return fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Sends a form; where it leads is not followed. */
  submit(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual', headers });
  }

  notify(fields: Readonly<Record<string, string>>): Promise<Response> {
    return this.submit('/pay/notify', fields);
  }

  /** How the shop hears that orders have changed. */
  get news(): OrderNews {
    return this.app.get(OrderNews, { strict: false });
  }

  private repository<Entity extends object>(entity: new () => Entity): Repository<Entity> {
    return this.app.get<Repository<Entity>>(getRepositoryToken(entity));
  }
}
