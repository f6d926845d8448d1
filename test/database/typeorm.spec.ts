import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { typeOrmDatabase } from '../../lib/database/typeorm.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

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
