import { getRepositoryToken } from '@nestjs/typeorm';
import type { Pass2PaySandbox } from 'nestjs-pass2pay/sandbox';
import type { Repository } from 'typeorm';
import { freePort } from '../../src/free-port.js';
import type { PlacedOrder } from '../../src/orders/orders.service.js';
import { ShopOrder } from '../../src/orders/shop-order.entity.js';
import { sellThrough } from '../../src/sell-through.js';
import { createShop } from '../../src/shop.js';
import type { TestDatabase } from './databases.js';

/** A shop that listens on a port of this machine. */
export class RunningShop {
  private constructor(
    readonly url: string,
    readonly port: number,
    private readonly app: Awaited<ReturnType<typeof createShop>>,
  ) {}

  static async open(sandbox: Pass2PaySandbox, database: TestDatabase, port?: number): Promise<RunningShop> {
    const ownPort = port ?? (await freePort());
    const url = sellThrough(sandbox, ownPort);
    delete process.env.DATABASE_URL;
    delete process.env.SQLITE_FILE;
    Object.assign(process.env, database.environment);
    const app = await createShop({ logger: false });
    await app.listen(ownPort, '127.0.0.1');
    return new RunningShop(url, ownPort, app);
  }

  close(): Promise<void> {
    return this.app.close();
  }

  /** The order's row, from the database. */
  row(mchOrderNo: string): Promise<ShopOrder | null> {
    return this.app.get<Repository<ShopOrder>>(getRepositoryToken(ShopOrder)).findOneBy({ mchOrderNo });
  }

  /** All rows, oldest first. */
  rows(): Promise<ShopOrder[]> {
    return this.app.get<Repository<ShopOrder>>(getRepositoryToken(ShopOrder)).find({ order: { id: 'ASC' } });
  }

  /** Orders tea and gives its number. */
  async order(): Promise<string> {
    const response = await this.post('/orders', { product: 'tea' });
    return ((await response.json()) as PlacedOrder).mchOrderNo;
  }

  post(path: string, body: unknown): Promise<Response> {
    const headers = { 'Content-Type': 'application/json' };
    return fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  submit(path: string, fields: Readonly<Record<string, string>>): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });
  }

  notify(fields: Readonly<Record<string, string>>): Promise<Response> {
    return this.submit('/pay/notify', fields);
  }
}
