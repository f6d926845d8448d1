import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { typeOrmDatabase } from '../../lib/database/adapters/typeorm.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

function passesChecksOf(optionsOf: (url: string | undefined) => DataSourceOptions, url?: string): void {
  passesChecks<EntityManager>({
    ...(url !== undefined && { url }),
    poolSize: url === undefined ? 1 : 4,
    open: async (at) => {
      const dataSource = await new DataSource(optionsOf(at)).initialize();
      return { database: typeOrmDatabase(dataSource), close: () => dataSource.destroy() };
    },
    run: (tx, sql) => tx.query(sql),
    endings: [(tx) => tx.queryRunner!.commitTransaction(), (tx) => tx.queryRunner!.rollbackTransaction()],
  });
}

await describeWhere('PostgreSQL', 'TypeORM on PostgreSQL', () =>
  passesChecksOf((url) => ({ type: 'postgres', url: url!, poolSize: 4 }), POSTGRES_URL),
);

await describeWhere('MariaDB', 'TypeORM on MariaDB', () =>
  passesChecksOf((url) => ({ type: 'mariadb', url: url!, poolSize: 4 }), MARIADB_URL),
);

await describeWhere('better-sqlite3', 'TypeORM on SQLite', () =>
  passesChecksOf(() => ({ type: 'better-sqlite3', database: ':memory:' })),
);

/** Something that happens once, and is awaited. */
function moment(): { come: () => void; comes: Promise<void> } {
  let come!: () => void;
  const comes = new Promise<void>((resolve) => {
    come = resolve;
  });
  return { come, comes };
}

await describeWhere('better-sqlite3', 'the application and the module on one DataSource of SQLite', () => {
  let dataSource: DataSource;
  let database: SqlDatabase<EntityManager>;

  beforeEach(async () => {
    dataSource = await new DataSource({ type: 'better-sqlite3', database: ':memory:' }).initialize();
    database = typeOrmDatabase(dataSource);
    await database.execute('CREATE TABLE sale (what VARCHAR(20))');
  });

  afterEach(() => dataSource.destroy());

  const sell = (on: Pick<EntityManager, 'query'>, what: string) => on.query(`INSERT INTO sale VALUES ('${what}')`);
  const sold = async () => {
    const rows: { what: string }[] = await dataSource.query('SELECT what FROM sale');
    return rows.map(({ what }) => what);
  };

  it('what the application writes while an outcome is handled stays when that is rolled back', async () => {
    const outcome = await database.begin(LIMITS);
    await sell(outcome.tx, 'of the handler');
    const written = sell(dataSource, 'of the application');
    const read = sold();
    await outcome.rollback();
    await written;
    expect(await read).toEqual(['of the application']);
    expect(await sold()).toEqual(['of the application']);
  });

  it('a transaction of the application, one within it, and one of the module come one after the other', async () => {
    const pause = moment();
    const events: string[] = [];
    const application = dataSource.transaction(async (manager) => {
      await sell(manager, 'of the application');
      await manager.transaction((nested) => sell(nested, 'within it'));
      await pause.comes;
      events.push('the application ends');
    });
    const handle = async () => {
      const outcome = await database.begin(LIMITS);
      events.push('the module begins');
      await sell(outcome.tx, 'of the handler');
      await outcome.commit();
    };
    const handled = handle();
    pause.come();
    await Promise.all([application, handled]);
    expect(events).toEqual(['the application ends', 'the module begins']);
    expect(await sold()).toEqual(['of the application', 'within it', 'of the handler']);
  });

  it('transactions of the application that wait for the module do not become one', async () => {
    const outcome = await database.begin(LIMITS);
    const failing = dataSource.transaction(async (manager) => {
      await sell(manager, 'undone');
      throw new Error('out of stock');
    });
    const working = dataSource.transaction((manager) => sell(manager, 'kept'));
    await outcome.commit();
    await expect(failing).rejects.toThrow('out of stock');
    await working;
    expect(await sold()).toEqual(['kept']);
  });

  it('a transaction of the application that cannot begin keeps nobody out', async () => {
    const runner = dataSource.createQueryRunner();
    await expect(runner.startTransaction('REPEATABLE READ')).rejects.toThrow();
    await sell(dataSource, 'of the application');
    const outcome = await database.begin(LIMITS);
    await outcome.commit();
    expect(await sold()).toEqual(['of the application']);
  });

  it('a statement that finds no connection keeps nobody out', async () => {
    const runner = Object.getPrototypeOf(dataSource.createQueryRunner()) as { connect: () => Promise<unknown> };
    const broken = jest.spyOn(runner, 'connect').mockRejectedValue(new Error('no connection'));
    await expect(database.execute('SELECT 1')).rejects.toThrow('no connection');
    await expect(database.begin(LIMITS)).rejects.toThrow('no connection');
    broken.mockRestore();
    await sell(dataSource.manager, 'application');
    const outcome = await database.begin(LIMITS);
    await sell(outcome.tx, 'outcome');
    await outcome.commit();
    expect(await sold()).toEqual(['application', 'outcome']);
  });

  it('two instances of the module on it take turns', async () => {
    const other = typeOrmDatabase<EntityManager>(dataSource);
    const first = await database.begin(LIMITS);
    const second = other.begin(LIMITS);
    await sell(first.tx, 'of the first');
    await first.rollback();
    const transaction = await second;
    await sell(transaction.tx, 'of the second');
    await transaction.commit();
    expect(await sold()).toEqual(['of the second']);
  });
});
