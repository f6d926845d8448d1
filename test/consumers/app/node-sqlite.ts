import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CashierService, OnPayment, OrderState, Pass2PayModule, PaymentOutcome } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase, type SqliteConnection } from 'nestjs-pass2pay/database/sqlite';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { databaseChecks } from 'pass2pay-sandbox/testing';

interface DatabaseSync extends SqliteConnection {
  createTagStore?(): unknown;
  close(): void;
}

/** node:sqlite, which the types of Node 20 do not know. */
const { DatabaseSync } = process.getBuiltinModule('node:sqlite' as 'node:fs') as unknown as {
  DatabaseSync: new (path: string, options?: { readBigInts?: boolean }) => DatabaseSync;
};

/** What every adapter must do, on a connection with these options. */
async function check(options: { readBigInts?: boolean }): Promise<void> {
  const checks = databaseChecks<DatabaseSync>({
    poolSize: 1,
    open: () => {
      const connection = new DatabaseSync(':memory:', options);
      return { database: sqliteDatabase(connection), close: () => connection.close() };
    },
    run: async (tx, sql) => tx.prepare(sql).run(),
    endings: [
      (tx) => tx.close(),
      (tx) => {
        if (typeof tx.createTagStore === 'function') return tx.createTagStore();
        return tx.close();
      },
    ],
  });
  for (const { name, run } of checks) {
    await run().catch((error: unknown) => {
      throw new Error(`${JSON.stringify(options)}: ${name}`, { cause: error });
    });
  }
}

@Injectable()
class Fulfilment {
  @OnPayment(OrderState.Success)
  markPaid({ mchOrderNo }: PaymentOutcome, tx: object) {
    (tx as DatabaseSync).prepare('INSERT INTO paid (no) VALUES (?)').run(mchOrderNo);
  }
}

/** A shop on a file, which is told twice that an order is paid, with a restart in between. */
async function sell(folder: string): Promise<void> {
  const connection = new DatabaseSync(join(folder, 'shop.db'));
  const database = sqliteDatabase(connection);
  await ensureSchema(database);
  connection.exec('CREATE TABLE paid (no TEXT)');
  const sandbox = await Pass2PaySandbox.start();
  const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;

  @Module({
    imports: [
      Pass2PayModule.forRoot({
        notifyPath: 'pay/notify',
        baseUrl: sandbox.url,
        merchants: [{ mchNo, appId, secrets }],
        database,
      }),
    ],
    providers: [Fulfilment],
  })
  class ShopModule {}

  let app: INestApplication | undefined;
  const start = async (port: number) => {
    app = await NestFactory.create(ShopModule, { logger: false, abortOnError: false, rawBody: true });
    await app.listen(port, '127.0.0.1');
    return (app.getHttpServer().address() as { port: number }).port;
  };
  try {
    const port = await start(0);
    await app!.get(CashierService).createOrder({
      mchOrderNo: 'O1',
      amount: 10_031,
      registerTime: 1_622_016_572_190,
      custNo: 'C200492312',
      notifyUrl: `http://127.0.0.1:${port}/pay/notify`,
    });
    await sandbox.pay('O1');
    await sandbox.notifySettled('O1');
    await app!.close();
    await start(port);
    await sandbox.resendNotify('O1');
    await sandbox.notifySettled('O1');
    const answers = sandbox.notifyAttempts('O1').map(({ response }) => response);
    const paid = connection.prepare('SELECT no FROM paid').all();
    if (answers.join() !== 'success,success') throw new Error(`the notifies were answered with ${answers.join()}`);
    if (paid.length !== 1) throw new Error(`the order is paid ${paid.length} times`);
  } finally {
    await app?.close();
    await sandbox.stop();
    connection.close();
  }
}

async function main(): Promise<void> {
  await check({});
  // Node 20's types aside, options that a version does not know are ignored.
  await check({ readBigInts: true });
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-node-sqlite-'));
  try {
    await sell(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
