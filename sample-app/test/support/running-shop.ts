import { getRepositoryToken } from '@nestjs/typeorm';
import type { Pass2PaySandbox } from 'nestjs-pass2pay/sandbox';
import type { Repository } from 'typeorm';
import { ShopEffect } from '../../src/books/shop-effect.entity.js';
import { ShopMismatch } from '../../src/books/shop-mismatch.entity.js';
import { ShopOrder } from '../../src/books/shop-order.entity.js';
import { freePort } from '../../src/free-port.js';
import type { PlacedOrder } from '../../src/orders/orders.controller.js';
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
    for (const name of ['DATABASE_URL', 'SQLITE_FILE', 'REDIS_URL', 'SHOP_MODE']) delete process.env[name];
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
    return this.repository(ShopOrder).findOneBy({ mchOrderNo });
  }

  /** All rows, oldest first. */
  rows(): Promise<ShopOrder[]> {
    return this.repository(ShopOrder).find({ order: { id: 'ASC' } });
  }

  /** What was done for the order, oldest first. */
  async effects(mchOrderNo: string): Promise<string[]> {
    const found = await this.repository(ShopEffect).find({ where: { mchOrderNo }, order: { at: 'ASC' } });
    return found.map(({ what }) => what);
  }

  /** How news of the order did not fit it. */
  async mismatches(mchOrderNo: string): Promise<string[]> {
    const found = await this.repository(ShopMismatch).find({ where: { mchOrderNo }, order: { id: 'ASC' } });
    return found.map(({ differences }) => differences);
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

  private repository<Entity extends object>(entity: new () => Entity): Repository<Entity> {
    return this.app.get<Repository<Entity>>(getRepositoryToken(entity));
  }
}
