import { DataSource } from 'typeorm';
import { postgresDatabase, type TestDatabase } from '../../../sample-app/test/support/databases.js';

/** A PostgreSQL database of the merchant, of its own for one test. */
export class ShopDatabase {
  private constructor(
    readonly url: string,
    private readonly connection: DataSource,
    private readonly database: TestDatabase,
  ) {}

  static async create(): Promise<ShopDatabase> {
    const database = await postgresDatabase();
    const url = database.environment['DATABASE_URL']!;
    const connection = new DataSource({ type: 'postgres', url, extra: { max: 4 } });
    await connection.initialize();
    await connection.query(`
      CREATE TABLE orders (
        mch_order_no text PRIMARY KEY, amount int NOT NULL, currency text NOT NULL,
        state int NOT NULL DEFAULT 0, made_at bigint NOT NULL
      );
      CREATE INDEX ON orders (made_at) WHERE state = 0;
      -- Every time that handlers were run to their end: not unique, so that it shows what came twice.
      CREATE TABLE runs (id serial PRIMARY KEY, outcome_key text NOT NULL);
      CREATE TABLE effects (outcome_key text PRIMARY KEY, mch_order_no text NOT NULL, at bigint NOT NULL);
      CREATE INDEX ON effects (mch_order_no);
    `);
    return new ShopDatabase(url, connection, database);
  }

  async drop(): Promise<void> {
    await this.connection.destroy();
    await this.database.drop();
  }

  async addOrders(mchOrderNos: readonly string[], amount: number): Promise<void> {
    await this.connection.query(
      `INSERT INTO orders (mch_order_no, amount, currency, made_at) SELECT unnest($1::text[]), $2, 'cny', $3`,
      [mchOrderNos, amount, Date.now()],
    );
  }

  /** How many orders are in a state. */
  count(state: number): Promise<number> {
    return this.number('SELECT count(*) AS n FROM orders WHERE state = $1', [state]);
  }

  /** How often handlers were run to their end. */
  runs(): Promise<number> {
    return this.number('SELECT count(*) AS n FROM runs');
  }

  /** How many effects there are. */
  effects(): Promise<number> {
    return this.number('SELECT count(*) AS n FROM effects');
  }

  /** Orders with another number of effects than one, and with how many. */
  async withoutOneEffect(): Promise<{ order: string; state: number; effects: number }[]> {
    return (await this.connection.query(`
      SELECT o.mch_order_no AS order, o.state, count(e.outcome_key)::int AS effects
      FROM orders o LEFT JOIN effects e USING (mch_order_no)
      GROUP BY o.mch_order_no HAVING count(e.outcome_key) <> 1
    `)) as { order: string; state: number; effects: number }[];
  }

  /** When each order had its effect, in ms since 1970. */
  async effectTimes(): Promise<Map<string, number>> {
    const rows = (await this.connection.query('SELECT mch_order_no AS order, at FROM effects')) as {
      order: string;
      at: string;
    }[];
    return new Map(rows.map(({ order, at }) => [order, Number(at)]));
  }

  /** The state of each order. */
  async states(): Promise<Map<string, number>> {
    const rows = (await this.connection.query('SELECT mch_order_no AS order, state FROM orders')) as {
      order: string;
      state: number;
    }[];
    return new Map(rows.map(({ order, state }) => [order, state]));
  }

  private async number(sql: string, parameters: unknown[] = []): Promise<number> {
    const [row] = (await this.connection.query(sql, parameters)) as [{ n: string }];
    return Number(row.n);
  }
}
