// Measures the disk space of an order and its outcome in PostgreSQL and MariaDB, for docs/sizing.md, and prints the
// table; part of `npm run sizing`. It needs a PostgreSQL at TEST_DATABASE_URL and a MariaDB at TEST_MARIADB_URL, and
// leaves nothing there.
import mysql from 'mysql2/promise';
import pg from 'pg';
import { ensureSchema } from '../dist/database/index.js';
import { mysqlDatabase } from '../dist/database/adapters/mysql.js';
import { pgDatabase } from '../dist/database/adapters/pg.js';
import { PaymentOrder } from '../dist/index.js';
import { inTransaction, OrderTable, OutcomeTable, tablesOf } from './internals.mjs';

const ORDERS = 20_000;
const WIDTH = 8;
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };
const TIMES = { ...LIMITS, longestMs: 60_000, waitMs: 0, afterMs: 540_000 };
const SERVERS = [
  {
    name: 'PostgreSQL',
    open() {
      const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
      const pool = new pg.Pool({ connectionString: url, max: WIDTH });
      return { pool, database: pgDatabase(pool) };
    },
    async bytesOf(pool, table) {
      await pool.query(`VACUUM (ANALYZE) ${table}`);
      const { rows } = await pool.query(
        'SELECT pg_table_size($1::regclass) AS own, pg_indexes_size($1::regclass) AS indexes',
        [table],
      );
      return rows[0];
    },
  },
  {
    name: 'MariaDB',
    open() {
      const pool = mysql.createPool({
        uri: process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test',
        connectionLimit: WIDTH,
      });
      return { pool, database: mysqlDatabase(pool) };
    },
    async bytesOf(pool, table) {
      await pool.query(`ANALYZE TABLE ${table}`);
      const [rows] = await pool.query(
        'SELECT data_length AS own, index_length AS indexes FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
        [table],
      );
      return rows[0];
    },
  },
];

console.log(`\n${ORDERS.toLocaleString('en')} orders, each created and paid, ${WIDTH} at a time; bytes per order\n`);
console.log('| database | order: rows | order: indexes | outcome: rows | outcome: indexes | together |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const server of SERVERS) console.log(`| ${[server.name, ...(await measured(server))].join(' | ')} |`);

async function measured({ open, bytesOf }) {
  const { pool, database } = open();
  const names = { prefix: `sizing_${process.pid}_` };
  const tables = tablesOf(names);
  try {
    await ensureSchema(database, names);
    await fill(database, tables);
    const bytes = [];
    for (const table of [tables.order, tables.outcome]) {
      const { own, indexes } = await bytesOf(pool, table);
      bytes.push(Number(own) / ORDERS, Number(indexes) / ORDERS);
    }
    return [...bytes, bytes.reduce((sum, each) => sum + each)].map(figure);
  } finally {
    for (const table of Object.values(tables)) await pool.query(`DROP TABLE IF EXISTS ${table}`);
    await pool.end();
  }
}

/** Orders as an application creates them, followed by their payments. */
async function fill(database, tables) {
  const orders = new OrderTable(database, tables, '', TIMES);
  const outcomes = new OutcomeTable(database.dialect, tables, '');
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < ORDERS; index = next++) {
      const event = payment(index);
      const order = { kind: 'payment', ...event.data, expiresInS: 900 };
      const start = await orders.creating(order);
      const response = { state: 1, expiresAt: new Date(Date.now() + 900_000) };
      await orders.settled(order, { status: 'created', gatewayId: event.data.payOrderId, response }, start);
      await inTransaction(database, LIMITS, (transaction) => outcomes.receive(transaction, event, Date.now()));
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** Texts as long as the gateway's, with all of its fields. */
function payment(index) {
  const data = Object.assign(new PaymentOrder(), {
    payOrderId: `P${1_795_063_328_371_000_000n + BigInt(index)}`,
    mchNo: 'M1621873433953',
    appId: '60cc09bce4b0f1c0b83761c9',
    mchOrderNo: `20160427210604${String(index).padStart(6, '0')}`,
    ifCode: 'alipay',
    wayCode: 'ALI_QR',
    amount: 8800,
    currency: 'cny',
    state: 2,
    clientIp: '203.0.113.7',
    subject: '商品',
    body: '商品的描述',
    createdAt: 1_716_888_800_000,
    successTime: 1_716_888_888_123,
  });
  return { kind: 'payment', data, source: 'notify' };
}

/** Two significant digits. */
function figure(value) {
  return Number(value.toPrecision(2)).toLocaleString('en');
}
