import type { ConfigService } from '@nestjs/config';
import type { TypeOrmModuleOptions } from '@nestjs/typeorm';
import libsql from 'libsql';

/** PostgreSQL where DATABASE_URL names one, else the SQLite file SQLITE_FILE. */
export function databaseOptions(config: ConfigService): TypeOrmModuleOptions {
  const shared = {
    autoLoadEntities: true,
    // Makes the table at the first start. A shop whose table changes over the years uses migrations.
    synchronize: true,
  };
  const url = config.get<string>('DATABASE_URL');
  if (url) return { ...shared, type: 'postgres', url };
  return {
    ...shared,
    type: 'better-sqlite3',
    // libsql has the interface of better-sqlite3, and comes prebuilt.
    driver: libsql,
    database: config.get<string>('SQLITE_FILE') ?? 'shop.sqlite',
  };
}
