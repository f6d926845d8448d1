import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaPg } from '@prisma/adapter-pg';
import { prismaDatabase, type PrismaLike } from '../../lib/database/adapters/prisma.js';
import type { SqlDatabase } from '../../lib/database/sql-database.js';
import { generatePrismaClient } from '../support/prisma-client.js';
import { MARIADB_URL, POSTGRES_URL } from '../support/services.js';
import { describeWhere } from './support/describe-where.js';
import { passesChecks } from './support/passes-checks.js';

/** The driver gives up a connection after 1 s and a wait for one after 10 s, which a busy machine can take; in ms. */
const PATIENCE_OF_MARIADB = 'connectTimeout=600000&acquireTimeout=600000';
const LIMITS = { connectionTimeoutMs: 60_000, lockTimeoutMs: 60_000 };

/** What these tests use of the client that Prisma generates. */
interface Client extends Omit<PrismaLike<Client>, '$transaction'> {
  sale: {
    create(args: object): Promise<unknown>;
    update(args: object): Promise<unknown>;
    findMany(args: object): Promise<{ what: string }[]>;
    findUnique(args: object): Promise<unknown> & { items(): Promise<{ name: string }[]> };
  };
  $executeRaw(sql: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  $transaction<Result>(work: (tx: Client) => Promise<Result>, options?: object): Promise<Result>;
  $disconnect(): Promise<void>;
}

type Provider = 'postgresql' | 'mysql';

async function clientOf(provider: Provider): Promise<new (options: object) => Client> {
  const schema = `generator client {
  provider = "prisma-client"
  output   = "./client"
}

datasource db {
  provider = "${provider}"
}

model Sale {
  what  String  @id @db.VarChar(40)
  paid  Boolean @default(false)
  items Item[]

  @@map("prisma_sale")
}

model Item {
  name String @id @db.VarChar(40)
  what String @db.VarChar(40)
  sale Sale   @relation(fields: [what], references: [what])

  @@map("prisma_item")
}
`;
  const { PrismaClient } = (await import(generatePrismaClient(schema))) as {
    PrismaClient: new (options: object) => Client;
  };
  return PrismaClient;
}

function passesChecksOf(provider: Provider, PrismaClient: new (options: object) => Client, url: string): void {
  const adapterOf = (at: string) =>
    provider === 'mysql'
      ? new PrismaMariaDb(`${at.replace('mysql:', 'mariadb:')}?connectionLimit=4&${PATIENCE_OF_MARIADB}`)
      : new PrismaPg({ connectionString: at, max: 4 });
  passesChecks<Client>({
    url,
    poolSize: 4,
    open: (at) => {
      const prisma = new PrismaClient({ adapter: adapterOf(at!) });
      return { database: prismaDatabase<Client>(prisma), close: () => prisma.$disconnect() };
    },
    run: async (tx, sql) => tx.$executeRawUnsafe(sql),
  });
}

const OnPostgres = await clientOf('postgresql');
const OnMariadb = await clientOf('mysql');

await describeWhere('PostgreSQL', 'Prisma on PostgreSQL', () => passesChecksOf('postgresql', OnPostgres, POSTGRES_URL));
await describeWhere('MariaDB', 'Prisma on MariaDB', () => passesChecksOf('mysql', OnMariadb, MARIADB_URL));

await describeWhere('PostgreSQL', 'a handler of a shop with Prisma', () => {
  const schema = `prisma_${randomBytes(5).toString('hex')}`;
  let prisma: Client;
  let database: SqlDatabase<Client>;

  beforeAll(async () => {
    const options = `-c search_path=${schema}`;
    prisma = new OnPostgres({ adapter: new PrismaPg({ connectionString: POSTGRES_URL, max: 4, options }, { schema }) });
    await prisma.$executeRawUnsafe(`CREATE SCHEMA ${schema}`);
    await prisma.$executeRawUnsafe('CREATE TABLE prisma_sale (what VARCHAR(40) PRIMARY KEY, paid BOOLEAN NOT NULL)');
    await prisma.$executeRawUnsafe(
      'CREATE TABLE prisma_item (name VARCHAR(40) PRIMARY KEY, what VARCHAR(40) NOT NULL)',
    );
    await prisma.$executeRawUnsafe("INSERT INTO prisma_item VALUES ('pot', 'tea')");
    database = prismaDatabase<Client>(prisma);
  });

  beforeEach(async () => {
    await prisma.$executeRawUnsafe('DELETE FROM prisma_sale');
    await prisma.sale.create({ data: { what: 'tea' } });
  });

  afterAll(async () => {
    await prisma.$executeRawUnsafe(`DROP SCHEMA ${schema} CASCADE`);
    await prisma.$disconnect();
  });

  const paid = async () => (await prisma.sale.findMany({ where: { paid: true } })).map(({ what }) => what);
  const pay = (tx: Client) => tx.sale.update({ where: { what: 'tea' }, data: { paid: true } });

  it('works with models, relations and raw statements', async () => {
    const { tx, ...outcome } = await begun();
    await pay(tx);
    expect(await tx.sale.findUnique({ where: { what: 'tea' } }).items()).toEqual([{ name: 'pot', what: 'tea' }]);
    expect(await tx.$executeRaw`INSERT INTO prisma_sale VALUES (${'cup'}, ${true})`).toBe(1);
    expect(await paid()).toEqual([]);
    await outcome.commit();
    expect(await paid()).toEqual(['tea', 'cup']);
  });

  it('undoes a transaction within it alone', async () => {
    const { tx, ...outcome } = await begun();
    await pay(tx);
    const failing = tx.$transaction(async (inner) => {
      await inner.sale.create({ data: { what: 'cup', paid: true } });
      throw new Error('out of stock');
    });
    await expect(failing).rejects.toThrow('out of stock');
    await tx.$transaction((inner) => inner.sale.create({ data: { what: 'pot', paid: true } }));
    await outcome.commit();
    expect(await paid()).toEqual(['tea', 'pot']);
  });

  it('that does not await what Prisma would run only then has nothing committed', async () => {
    for (const forgotten of [
      (tx: Client) => pay(tx),
      (tx: Client) => tx.$executeRaw`DELETE FROM prisma_sale`,
      (tx: Client) => tx.sale.findUnique({ where: { what: 'tea' } }).items(),
    ]) {
      const { tx, ...outcome } = await begun();
      await tx.$executeRaw`UPDATE prisma_sale SET paid = TRUE`;
      void forgotten(tx);
      await expect(outcome.commit()).rejects.toThrow('await every statement');
      expect(await paid()).toEqual([]);
    }
  });

  it('that awaits it too late is refused', async () => {
    const { tx, ...outcome } = await begun();
    const late = pay(tx);
    await expect(outcome.commit()).rejects.toThrow('await every statement');
    await expect(late).rejects.toThrow('after its end');
    await expect(pay(tx)).rejects.toThrow('after its end');
    expect(await paid()).toEqual([]);
  });

  it('cannot end the transaction by a template either', async () => {
    const { tx, ...outcome } = await begun();
    await expect(tx.$executeRaw`COMMIT`).rejects.toThrow('a handler ran COMMIT');
    await expect(outcome.commit()).rejects.toThrow('Nothing was committed');
  });

  it('runs in a transaction that outlasts those of Prisma', async () => {
    const transact = jest.spyOn(prisma, '$transaction');
    const outcome = await database.begin(LIMITS);
    expect(transact).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ timeout: 2 ** 31 - 1 }));
    await outcome.rollback();
    transact.mockRestore();
  });

  async function begun() {
    const transaction = await database.begin(LIMITS);
    return { tx: transaction.tx, commit: async () => transaction.commit() };
  }
});

it('a client of Prisma for a database that the module does not know is refused at the start', () => {
  const prisma = { _activeProvider: 'sqlserver' } as unknown as PrismaLike<Client>;
  expect(() => prismaDatabase(prisma)).toThrow(
    'The provider of Prisma is sqlserver; the module supports postgresql, mysql.',
  );
});
