import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/** SQLite has one writer at a time: its transactions in this process take turns here. */
let lastOnSqlite: Promise<unknown> = Promise.resolve();

/** Whatever the shop writes goes through here. */
@Injectable()
export class ShopTransactions {
  constructor(private readonly database: DataSource) {}

  /**
   * Does the work in one transaction: all of it, or, where it throws or the process dies, nothing.
   *
   * TypeORM has one connection to an SQLite file. A statement that did not wait for its turn would become part of
   * whatever transaction is open there, and be undone with it.
   */
  run<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    if (this.database.options.type === 'postgres') return this.database.transaction(work);
    const turn = lastOnSqlite.then(() => this.database.transaction(work));
    lastOnSqlite = turn.catch(() => undefined);
    return turn;
  }
}
