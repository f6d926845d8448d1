// @golevelup/nestjs-stripe on Nest 11 and Express, handling its own verified webhook.
import 'reflect-metadata';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { Injectable, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { StripeModule, StripeWebhookHandler } = require('@golevelup/nestjs-stripe');

let handled = 0;
class Payments {
  paid() {
    handled += 1;
  }
}
StripeWebhookHandler('payment_intent.succeeded')(
  Payments.prototype,
  'paid',
  Object.getOwnPropertyDescriptor(Payments.prototype, 'paid'),
);
Injectable()(Payments);

class App {}
Module({
  imports: [
    StripeModule.forRoot({
      apiKey: 'sk_test_0',
      webhookConfig: { stripeSecrets: { account: 'whsec_0' }, requestBodyProperty: 'rawBody' },
    }),
  ],
  providers: [Payments],
})(App);

const app = await NestFactory.create(App, { rawBody: true, logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send({ handled, cpu: process.cpuUsage() }));
process.send({ url: `${(await app.getUrl()).replace('[::1]', '127.0.0.1')}/stripe/webhook` });

// The benchmark has ended or crashed.
process.on('disconnect', () => process.exit());
