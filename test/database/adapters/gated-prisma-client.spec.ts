import { beforeEach, describe, expect, it } from '@jest/globals';
import { gatedPrismaClient } from '../../../lib/database/adapters/gated-prisma-client.js';
import { BrokenTransactionError } from '../../../lib/database/sql-errors.js';
import { TxGate } from '../../../lib/database/transaction/tx-gate.js';
import { errorOf } from '../support/scripted-driver.js';

const SYMBOL = Symbol('of Prisma');
const AFTER_END = 'A handler used its transaction after its end: await every statement before the handler returns.';

let ran: string[];
let failure: Error | undefined;
let gate: TxGate;
beforeEach(() => {
  ran = [];
  failure = undefined;
  gate = new TxGate('postgres');
});

/** Like a promise of Prisma, which runs its statement when it is awaited, once, and has methods for relations. */
class LazyPromise {
  private running: Promise<string> | undefined;
  constructor(private readonly what: string) {}

  private run(): Promise<string> {
    this.running ??= (async () => {
      ran.push(this.what);
      if (failure !== undefined) throw failure;
      return `result of ${this.what}`;
    })();
    return this.running;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- as those of Prisma
  then(...handlers: Parameters<Promise<string>['then']>) {
    return this.run().then(...handlers);
  }
  catch(...handlers: Parameters<Promise<string>['catch']>) {
    return this.run().catch(...handlers);
  }
  finally(...handlers: Parameters<Promise<string>['finally']>) {
    return this.run().finally(...handlers);
  }
  items(which: string) {
    return new LazyPromise(`${this.what} ${which} items`);
  }
  requestTransaction() {
    return this.what;
  }
  [SYMBOL]() {
    return this.what;
  }
  get [Symbol.toStringTag]() {
    return 'PrismaPromise';
  }
}

class Client {
  readonly _engine = { name: 'engine', start: () => 'started' };
  readonly $extensions = { add: () => 'added' };
  readonly version = 7;
  readonly nothing = null;
  #secret = 8;

  readonly sale = {
    table: 'sales',
    fields: { what: 'string' },
    $name: () => 'Sale',
    _count: () => 'counted',
    update: (args: { what: string }) => new LazyPromise(`update ${args.what}`),
    find: (what: string) => new LazyPromise(`find ${what}`),
    inTime: () => 'no promise',
    none: () => null,
    plain: () => ({ n: 1 }),
    [SYMBOL]: () => 'of the model',
    self() {
      return new LazyPromise(String(this === client.sale));
    },
  };
  readonly sale_item = { find_all: () => new LazyPromise('find items') };
  $queryRaw(sql: TemplateStringsArray | { sql: string }, ...values: unknown[]) {
    const text = 'raw' in sql ? sql.raw.join('?') : sql.sql;
    return new LazyPromise([text, ...values].join(' '));
  }
  $executeRawUnsafe(sql: string, ...values: unknown[]) {
    return new LazyPromise([sql, ...values, this.#secret].join(' '));
  }
  async $transaction(work: ((inner: Client) => Promise<unknown>) | LazyPromise[], options?: string) {
    ran.push(`savepoint ${options}`);
    return typeof work === 'function' ? work(new Client()) : Promise.all(work);
  }
  [SYMBOL]() {
    return 'of the client';
  }
  $disconnect() {
    return `disconnected ${this.#secret}`;
  }
}

const client = new Client();
const gated = () => gatedPrismaClient(client, gate);
const forgotten = () => expect(gate.close()).toMatch(/await every statement/);

describe('a client for handlers', () => {
  it('is Prisma’s own but for its statements', async () => {
    const tx = gated();
    expect(tx).toBeInstanceOf(Client);
    expect(tx.$disconnect()).toBe('disconnected 8');
    expect([tx.version, tx.nothing]).toStrictEqual([7, null]);
    gate.close();
    const { _engine: engine } = tx;
    expect(engine.start()).toBe('started');
    expect(tx.$disconnect()).toBe('disconnected 8');
    expect(tx.$extensions.add()).toBe('added');
    expect(tx.sale.$name()).toBe('Sale');
    const { _count: count } = tx.sale;
    expect(count()).toBe('counted');
    expect([tx[SYMBOL](), tx.sale[SYMBOL]()]).toStrictEqual(['of the client', 'of the model']);
    expect([tx.sale.table, tx.sale.fields]).toStrictEqual(['sales', { what: 'string' }]);
  });

  it('has the gate for models and methods with an underscore in their names', async () => {
    const tx = gated();
    gate.close();
    expect(await errorOf(Promise.resolve(tx.sale_item.find_all()))).toStrictEqual(
      new BrokenTransactionError(AFTER_END),
    );
    expect(ran).toStrictEqual([]);
  });

  it('runs statements of models and raw ones, with all their arguments', async () => {
    const tx = gated();
    expect(await tx.sale.update({ what: 'tea' })).toBe('result of update tea');
    expect(await tx.$queryRaw`SELECT ${1}`).toBe('result of SELECT ? 1');
    expect(await tx.$queryRaw({ sql: 'SELECT 2' })).toBe('result of SELECT 2');
    expect(await tx.$executeRawUnsafe('SELECT 3', 'a')).toBe('result of SELECT 3 a 8');
    expect(await tx.sale.self()).toBe('result of true');
    expect(tx.sale.inTime()).toBe('no promise');
    expect(tx.sale.none()).toBeNull();
    expect(tx.sale.plain()).toStrictEqual({ n: 1 });
    expect(gate.close()).toBeUndefined();
  });

  it('does not run what ends the transaction', async () => {
    const tx = gated();
    for (const statement of [
      tx.$queryRaw`COMMIT`,
      tx.$queryRaw({ sql: 'COMMIT' }),
      tx.$executeRawUnsafe('COMMIT'),
      tx.$executeRawUnsafe('ROLLBACK'),
    ]) {
      expect(await errorOf(statement)).toBeInstanceOf(BrokenTransactionError);
    }
    expect(ran).toStrictEqual([]);
    expect(gate.close()).toMatch(/ran COMMIT/);
  });

  it('takes any other first argument of a raw statement for one without a text', async () => {
    const tx = gated() as unknown as Record<string, (...statement: unknown[]) => Promise<unknown>>;
    const $executeRaw = async (...statement: unknown[]) => statement.length;
    const other = gatedPrismaClient(Object.assign(Object.create(tx), { $executeRaw }) as typeof tx, gate);
    expect(await other.$executeRaw!()).toBe(0);
    expect(await other.$executeRaw!(null)).toBe(1);
    expect(await other.$executeRaw!({ raw: 'COMMIT', sql: 1 })).toBe(1);
  });

  it('rejects what is started after the end', async () => {
    const tx = gated();
    gate.close();
    const refused = new BrokenTransactionError(AFTER_END);
    expect(await errorOf(tx.sale.update({ what: 'tea' }))).toStrictEqual(refused);
    expect(await errorOf(tx.$executeRawUnsafe('SELECT 1'))).toStrictEqual(refused);
    expect(await errorOf(tx.$transaction(async () => {}))).toStrictEqual(refused);
    expect(ran).toStrictEqual([]);
  });
});

describe('a statement of Prisma', () => {
  it('runs when it is awaited, once', async () => {
    const statement = gated().sale.find('tea');
    await Promise.resolve();
    expect(ran).toStrictEqual([]);
    expect(await statement).toBe('result of find tea');
    expect(await statement).toBe('result of find tea');
    expect(ran).toStrictEqual(['find tea']);
    expect(gate.close()).toBeUndefined();
  });

  it('may be awaited by catch and finally too', async () => {
    const told: string[] = [];
    const { sale } = gated();
    await sale.find('tea').finally(() => told.push('ended'));
    failure = new Error('no tea');
    await sale.find('cup').catch((error: unknown) => told.push((error as Error).message));
    await sale.find('pot').then(undefined, (error: unknown) => told.push((error as Error).message));
    expect(told).toStrictEqual(['ended', 'no tea', 'no tea']);
    await Promise.resolve();
    expect(gate.close()).toBeUndefined();
  });

  it('that is never awaited counts as running', () => {
    void gated().sale.update({ what: 'tea' });
    forgotten();
    expect(ran).toStrictEqual([]);
  });

  it('that is awaited without a handler counts until it has ended', async () => {
    const statement = gated().sale.find('tea').then(undefined);
    forgotten();
    await statement.catch(() => {});
  });

  it('is refused when it is awaited after the end', async () => {
    const statement = gated().sale.update({ what: 'tea' });
    gate.close();
    expect(await errorOf(statement)).toStrictEqual(new BrokenTransactionError(AFTER_END));
    expect(ran).toStrictEqual([]);
  });

  it('keeps what Prisma needs of it', () => {
    const statement = gated().sale.find('tea');
    expect(statement).toBeInstanceOf(LazyPromise);
    const { requestTransaction } = LazyPromise.prototype as { requestTransaction: unknown };
    expect(statement).toHaveProperty('requestTransaction', requestTransaction);
    expect(statement[SYMBOL]()).toBe('find tea');
    expect(Object.prototype.toString.call(statement)).toBe('[object PrismaPromise]');
    forgotten();
  });

  it('may be one for a relation of its record, which then runs instead', async () => {
    const items = gated().sale.find('tea').items('old');
    expect(await items).toBe('result of find tea old items');
    expect(ran).toStrictEqual(['find tea old items']);
    expect(gate.close()).toBeUndefined();
  });

  it('that is one for a relation counts as running until it is awaited, and is refused after the end', async () => {
    const items = gated().sale.find('tea').items('old');
    const record = gated().sale.find('cup');
    forgotten();
    expect(await errorOf(items)).toBeInstanceOf(BrokenTransactionError);
    expect(await errorOf(record.items('new'))).toBeInstanceOf(BrokenTransactionError);
    expect(ran).toStrictEqual([]);
  });
});

describe('a transaction within it', () => {
  it('has a client for handlers, too', async () => {
    const result = await gated().$transaction(async (inner) => {
      expect(await errorOf(inner.$executeRawUnsafe('COMMIT'))).toBeInstanceOf(BrokenTransactionError);
      return inner.sale.find('tea');
    }, 'with options');
    expect(result).toBe('result of find tea');
    expect(ran).toStrictEqual(['savepoint with options', 'find tea']);
  });

  it('may be a list of statements', async () => {
    const tx = gated();
    expect(await tx.$transaction([tx.sale.find('tea'), tx.sale.find('cup')])).toStrictEqual([
      'result of find tea',
      'result of find cup',
    ]);
    await Promise.resolve();
    expect(gate.close()).toBeUndefined();
  });
});
