import { randomBytes } from 'node:crypto';
import type { SqlDatabase, SqlLimits, SqlTransaction } from 'nestjs-pass2pay/database';

/** An adapter for the module's option `database`, and how to use it in its checks. */
export interface AdapterUnderTest<Tx> {
  /**
   * Opens the adapter on its own pool or connection. Each check opens one and closes it.
   *
   * @param url used instead of the member `url`, if that is set; it may lead through a proxy that breaks connections
   */
  open(url: string | undefined): OpenAdapter<Tx> | Promise<OpenAdapter<Tx>>;
  /**
   * The number of connections in its pool, at least 3; 1 if there is no pool, and transactions run one after the other.
   */
  poolSize: number;
  /** Runs a statement without parameters on the object that handlers get, as users of the library do. */
  run(tx: Tx, sql: string): Promise<unknown>;
  /** Calls with which a handler could end the transaction or release its connection: each must throw. */
  endings?: readonly ((tx: Tx) => unknown)[];
  /**
   * The server's URL, such as `postgres://…`, without encryption. Without one, the checks that break connections are
   * skipped.
   */
  url?: string;
}

export interface OpenAdapter<Tx> {
  database: SqlDatabase<Tx>;
  /** Closes the pool or connection. */
  close: () => unknown;
}

/** Long enough for any machine, so that nothing times out by accident. */
export const LIMITS: SqlLimits = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** An open adapter with its own table, for one check. */
export class Subject<Tx> {
  readonly table = `pass2pay_check_${randomBytes(5).toString('hex')}`;
  private readonly begun: SqlTransaction<Tx>[] = [];

  static async open<Tx>(adapter: AdapterUnderTest<Tx>): Promise<Subject<Tx>> {
    const { database, close } = await adapter.open(adapter.url);
    const subject = new Subject(adapter, database, close);
    await database.execute(
      `CREATE TABLE ${subject.table} (id VARCHAR(20) PRIMARY KEY, amount BIGINT, note VARCHAR(200))`,
    );
    return subject;
  }

  private constructor(
    readonly adapter: AdapterUnderTest<Tx>,
    readonly database: SqlDatabase<Tx>,
    private readonly end: () => unknown,
  ) {}

  /** The statement that inserts a row. */
  readonly insert = (id: string) => `INSERT INTO ${this.table} (id, amount) VALUES ('${id}', 1)`;

  /** The statement that changes a row, and locks it. */
  readonly update = (id: string, note = 'x') => `UPDATE ${this.table} SET note = '${note}' WHERE id = '${id}'`;

  async begin(limits?: Partial<SqlLimits>): Promise<SqlTransaction<Tx>> {
    const transaction = await this.database.begin({ ...LIMITS, ...limits });
    this.begun.push(transaction);
    return transaction;
  }

  /**
   * Begins with a statement, which the adapter may leave to the caller.
   *
   * @throws what the statement throws; the transaction is then rolled back.
   */
  async beginWith(sql: string): Promise<SqlTransaction<Tx>> {
    const transaction = await this.database.begin(LIMITS, { sql, params: [] });
    this.begun.push(transaction);
    try {
      if (transaction.first === undefined) await transaction.execute(sql);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    return transaction;
  }

  /** Runs a statement as a handler does. */
  async handle({ tx }: SqlTransaction<Tx>, sql: string): Promise<unknown> {
    return this.adapter.run(tx, sql);
  }

  /** The committed IDs in alphabetical order, in an array of this realm: Jest gives each test file its own. */
  async ids(): Promise<unknown[]> {
    const { rows } = await this.database.execute(`SELECT id FROM ${this.table} ORDER BY id`);
    return Array.from(rows, ({ id }) => id);
  }

  async close(): Promise<void> {
    for (const transaction of this.begun) await transaction.rollback();
    await this.database.execute(`DROP TABLE ${this.table}`);
    await this.end();
  }
}

/** The rejection reason of a promise; undefined if it fulfils. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
