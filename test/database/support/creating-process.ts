import Libsql from 'libsql';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { mysqlDatabase } from '../../../lib/database/adapters/mysql.js';
import { pgDatabase } from '../../../lib/database/adapters/pg.js';
import { tablesOf } from '../../../lib/database/schema/schema-names.js';
import type { SqlDatabase } from '../../../lib/database/sql-database.js';
import { sqliteDatabase } from '../../../lib/database/adapters/sqlite.js';
import type { MerchantOptions } from '../../../lib/merchants/merchant.js';
import { Creator, type CreateKind } from './creator.js';

/** What a process of its own is to make. */
export interface CreatingOrder {
  /** An address, or a file of SQLite. */
  databaseUrl: string;
  prefix: string;
  merchant: MerchantOptions;
  gatewayUrl: string;
  kind: CreateKind;
  mchOrderNo: string;
}

function databaseAt(url: string): SqlDatabase {
  if (url.startsWith('postgres:')) return pgDatabase(new pg.Pool({ connectionString: url }));
  return url.startsWith('mysql:') ? mysqlDatabase(mysql.createPool(url)) : sqliteDatabase(new Libsql(url));
}

process.on('disconnect', () => process.exit());
process.on('message', ({ databaseUrl, prefix, merchant, gatewayUrl, kind, mchOrderNo }: CreatingOrder) => {
  const creator = new Creator(databaseAt(databaseUrl), tablesOf({ prefix }), merchant, { baseUrl: gatewayUrl });
  void creator.create(kind, mchOrderNo);
});
process.send!('ready');
