import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable, Module } from '@nestjs/common';
import Database from 'libsql';
import { CashierService, OnMismatch, OnPayment, OrderState, Pass2PayModule, PaymentOutcome } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';

const file = join(mkdtempSync(join(tmpdir(), 'pass2pay-proven-')), 'shop.db');
const books = new Database(file);
books.exec('CREATE TABLE fulfilments (no TEXT NOT NULL)');
const database = sqliteDatabase(new Database(file));

@Injectable()
export class Shop {
  private made = 0;

  constructor(private readonly cashier: CashierService) {}

  async order(): Promise<string> {
    const mchOrderNo = `O${++this.made}`;
    await this.cashier.createOrder({ mchOrderNo, amount: 10031, custNo: 'C1', registerTime: new Date() });
    return mchOrderNo;
  }

  fulfilments(no: string): number {
    const row = books.prepare('SELECT COUNT(*) AS count FROM fulfilments WHERE no = ?').get(no) as { count: number };
    return row.count;
  }

  @OnPayment(OrderState.Success)
  fulfil({ mchOrderNo }: PaymentOutcome, tx: Database.Database) {
    tx.prepare('INSERT INTO fulfilments (no) VALUES (?)').run(mchOrderNo);
  }

  @OnPayment(OrderState.Failed, OrderState.Closed)
  end() {}

  @OnMismatch()
  report() {}
}

/** An application that keeps its fulfilments in the transaction in which the module keeps the outcome. */
@Module({
  imports: [
    Pass2PayModule.forRootAsync({
      notifyPath: 'pay/notify',
      useFactory: async () => {
        await ensureSchema(database);
        return { ...pass2payConfig(), database };
      },
    }),
  ],
  providers: [Shop],
})
export class AppModule {}
