import { DataSource, type EntityManager } from 'typeorm';
import { typeOrmDatabase } from '../../lib/database/typeorm.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { sqlDatabaseContract } from './sql-database.contract.js';

const run = (tx: EntityManager, sql: string) => tx.query(sql);
const endings = [
  (tx: EntityManager) => tx.queryRunner!.commitTransaction(),
  (tx: EntityManager) => tx.queryRunner!.rollbackTransaction(),
];

await describeWhere('PostgreSQL', 'TypeORM on PostgreSQL', () =>
  sqlDatabaseContract(async () => {
    const dataSource = new DataSource({ type: 'postgres', url: POSTGRES_URL, poolSize: 4 });
    await dataSource.initialize();
    return { database: typeOrmDatabase(dataSource), poolSize: 4, run, endings, close: () => dataSource.destroy() };
  }),
);

await describeWhere('MariaDB', 'TypeORM on MariaDB', () =>
  sqlDatabaseContract(async () => {
    const dataSource = new DataSource({ type: 'mariadb', url: MARIADB_URL, poolSize: 4 });
    await dataSource.initialize();
    return { database: typeOrmDatabase(dataSource), poolSize: 4, run, endings, close: () => dataSource.destroy() };
  }),
);

await describeWhere('better-sqlite3', 'TypeORM on SQLite', () =>
  sqlDatabaseContract(async () => {
    const dataSource = new DataSource({ type: 'better-sqlite3', database: ':memory:' });
    await dataSource.initialize();
    return { database: typeOrmDatabase(dataSource), poolSize: 1, run, endings, close: () => dataSource.destroy() };
  }),
);
