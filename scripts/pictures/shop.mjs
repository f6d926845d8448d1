// A minimal shop for `pass2pay prove`: POST /orders creates an order, GET /effects/<number> counts its fulfilments.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import Database from 'libsql';
import { CashierService, OnMismatch, OnPayment, OrderState, Pass2PayModule } from 'nestjs-pass2pay';
import { ensureSchema } from 'nestjs-pass2pay/database';
import { sqliteDatabase } from 'nestjs-pass2pay/database/sqlite';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';

const [port, baseUrl, file] = process.argv.slice(2);
const books = new Database(file);
books.exec('CREATE TABLE fulfilments (no TEXT NOT NULL)');
const database = sqliteDatabase(new Database(file));

class Fulfilment {
  fulfil({ mchOrderNo }, tx) {
    tx.prepare('INSERT INTO fulfilments (no) VALUES (?)').run(mchOrderNo);
  }
  end() {}
  report() {}
}
const decorate = (method, decorator) =>
  decorator(Fulfilment.prototype, method, Object.getOwnPropertyDescriptor(Fulfilment.prototype, method));
Injectable()(Fulfilment);
decorate('fulfil', OnPayment(OrderState.Success));
decorate('end', OnPayment(OrderState.Failed, OrderState.Closed));
decorate('report', OnMismatch());

const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
class ShopModule {}
Module({
  imports: [
    Pass2PayModule.forRootAsync({
      notifyPath: 'pay/notify',
      useFactory: async () => {
        await ensureSchema(database);
        const notifyUrl = `http://127.0.0.1:${port}/pay/notify`;
        return { baseUrl, merchants: [{ mchNo, appId, secrets }], notifyUrl, database };
      },
    }),
  ],
  providers: [Fulfilment],
})(ShopModule);

const app = await NestFactory.create(ShopModule, { logger: ['error'], rawBody: true });
let made = 0;
const http = app.getHttpAdapter();
http.post('/orders', async (_request, response) => {
  const mchOrderNo = `S${++made}`;
  await app.get(CashierService).createOrder({ mchOrderNo, amount: 10031, custNo: 'C1', registerTime: new Date() });
  response.end(mchOrderNo);
});
http.get('/effects/:no', (request, response) => {
  const { count } = books.prepare('SELECT COUNT(*) AS count FROM fulfilments WHERE no = ?').get(request.params.no);
  response.end(String(count));
});
await app.listen(Number(port), '127.0.0.1');
console.log('ready');
