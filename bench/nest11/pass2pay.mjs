// The module's built-in route on the Nest version that @golevelup/nestjs-stripe needs; the benchmark installs the
// package here.
import 'reflect-metadata';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Injectable, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { OnPayment, OrderState, Pass2PayModule } = await import('nestjs-pass2pay');

let handled = 0;
class Fulfilment {
  markPaid() {
    handled += 1;
  }
}
OnPayment(OrderState.Success)(
  Fulfilment.prototype,
  'markPaid',
  Object.getOwnPropertyDescriptor(Fulfilment.prototype, 'markPaid'),
);
Injectable()(Fulfilment);

class App {}
Module({
  imports: [
    Pass2PayModule.forRoot({
      notifyPath: 'pay/notify',
      baseUrl: 'https://api.example',
      merchants: [JSON.parse(process.argv[2])],
    }),
  ],
  providers: [Fulfilment],
})(App);

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send({ handled, cpu: process.cpuUsage() }));
process.send({ url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/pay/notify` });

// The benchmark has ended or crashed.
process.on('disconnect', () => process.exit());
