// PostgreSQL and MariaDB for the benchmarks: a database per run, the shop's tables, and the statements that a careful
// engineer writes for a notify without the module.
import { ensureSchema } from '../../dist/database/index.js';
import { mysqlDatabase } from '../../dist/database/adapters/mysql.js';
import { pgDatabase } from '../../dist/database/adapters/pg.js';
import { fromRoot, MERCHANT } from './module.mjs';

const SERVERS = {
  postgres: process.env.TEST_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
  mysql: process.env.TEST_MARIADB_URL ?? 'mysql://root@127.0.0.1:3306/test',
};

const SHOP = [
  'CREATE TABLE shop_order (no VARCHAR(64) PRIMARY KEY, amount BIGINT NOT NULL, paid INTEGER NOT NULL)',
  'CREATE TABLE shop_notify (id VARCHAR(160) PRIMARY KEY)',
];

/** Creates a database with the module's tables and the shop's, and returns functions that fill and drop it. */
export async function createDatabase(dialect, name) {
  const administrator = await openPool(dialect, SERVERS[dialect], 1);
  await administrator.query(`CREATE DATABASE ${name}`);
  const { pool, database, close } = await openDatabase(dialect, name, 2);
  await ensureSchema(database);
  for (const statement of SHOP) await pool.query(statement);
  return {
    pool,
    database,
    /** Inserts orders in the state that they have after the payer was redirected to the cashier. */
    async addOrders(notifies, { areOfTheModule }) {
      const values = notifies.map(({ mchOrderNo, amount }) => `('${mchOrderNo}', ${amount}, 0)`);
      await pool.query(`INSERT INTO shop_order (no, amount, paid) VALUES ${values.join(', ')}`);
      if (!areOfTheModule) return;
      const rows = notifies.map(
        ({ mchOrderNo, payOrderId, amount, currency }) =>
          `('', 'payment', '${MERCHANT.mchNo}', '${mchOrderNo}', '${mchOrderNo}', '${MERCHANT.appId}', '${payOrderId}', ${amount}, '${currency}', 'created', 1, 1716888800000, 0)`,
      );
      await pool.query(
        `INSERT INTO pass2pay_order (instance, kind, mch_no, compared_no, mch_order_no, app_id, gateway_id, amount, currency, status, gateway_state, created_at, checks) VALUES ${rows.join(', ')}`,
      );
    },
    /** The number of shop orders that were paid exactly once. */
    async paid() {
      const { rows } = await database.execute('SELECT COUNT(*) AS paid FROM shop_order WHERE paid = 1');
      return Number(rows[0].paid);
    },
    async drop() {
      await close();
      await administrator.query(`DROP DATABASE ${name}`);
      await administrator.end();
    },
  };
}

/** A pool on such a database, as the module and the shop use it. */
export async function openDatabase(dialect, name, poolSize) {
  const url = new URL(SERVERS[dialect]);
  url.pathname = name;
  const pool = await openPool(dialect, url.href, poolSize);
  const database = dialect === 'postgres' ? pgDatabase(pool) : mysqlDatabase(pool);
  return { pool, database, ...HAND_WRITTEN[dialect], close: () => pool.end() };
}

async function openPool(dialect, url, size) {
  if (dialect === 'postgres') {
    const { Pool } = fromRoot('pg');
    return new Pool({ connectionString: url, max: size });
  }
  return fromRoot('mysql2/promise').createPool({ uri: url, connectionLimit: size });
}

const HAND_WRITTEN = {
  postgres: {
    markPaid: (client, { mchOrderNo, amount }) =>
      client.query('UPDATE shop_order SET paid = paid + 1 WHERE no = $1 AND amount = $2', [mchOrderNo, amount]),
    async byHand(pool, params) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const { rowCount } = await client.query('INSERT INTO shop_notify (id) VALUES ($1) ON CONFLICT DO NOTHING', [
          `${params.payOrderId}:${params.state}`,
        ]);
        if (rowCount === 1) await HAND_WRITTEN.postgres.markPaid(client, params);
        await client.query('COMMIT');
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  },
  mysql: {
    markPaid: (connection, { mchOrderNo, amount }) =>
      connection.execute('UPDATE shop_order SET paid = paid + 1 WHERE no = ? AND amount = ?', [mchOrderNo, amount]),
    async byHand(pool, params) {
      const connection = await pool.getConnection();
      try {
        await connection.beginTransaction();
        const [{ affectedRows }] = await connection.execute('INSERT IGNORE INTO shop_notify (id) VALUES (?)', [
          `${params.payOrderId}:${params.state}`,
        ]);
        if (affectedRows === 1) await HAND_WRITTEN.mysql.markPaid(connection, params);
        await connection.commit();
      } catch (error) {
        await connection.rollback();
        throw error;
      } finally {
        connection.release();
      }
    },
  },
};
