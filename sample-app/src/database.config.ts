import type { ConfigService } from '@nestjs/config';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import libsql from 'libsql';

/**
 * Whether tables are made and changed by migrations, which run before the shop starts: TypeORM's for the shop's own table, and
 * what `npx nestjs-pass2pay migration postgres` prints for the module's. Otherwise the start makes them.
 */
export function isProduction(config: ConfigService): boolean {
  return config.get<string>('NODE_ENV') === 'production';
}

/** PostgreSQL where DATABASE_URL names one, else the SQLite file SQLITE_FILE: for development, and one process. */
export function databaseOptions(config: ConfigService): TypeOrmModuleOptions {
  const shared = { autoLoadEntities: true, synchronize: !isProduction(config) };
  const url = config.get<string>('DATABASE_URL');
  if (url) return { ...shared, type: 'postgres', url };
  return {
    ...shared,
    type: 'better-sqlite3',
    // libsql has the interface of better-sqlite3, and comes prebuilt.
    driver: libsql,
    database: config.get<string>('SQLITE_FILE') ?? 'shop.sqlite',
    // Who looks into the file meanwhile holds nobody up.
    enableWAL: true,
  };
}
