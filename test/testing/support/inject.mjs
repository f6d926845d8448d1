// Plain Node: under Jest on Node 20, Fastify's inject() cannot load the packages that it needs.
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { NotifyPayload, OnPayment, OutcomeProcessor, Pass2PayModule, PaymentNotify } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';

class NotifyController {
  constructor(outcomes) {
    this.outcomes = outcomes;
  }

  receive(payment) {
    return this.outcomes.process(payment);
  }
}
Inject(OutcomeProcessor)(NotifyController, undefined, 0);
NotifyPayload()(NotifyController.prototype, 'receive', 0);
const receive = Object.getOwnPropertyDescriptor(NotifyController.prototype, 'receive');
PaymentNotify('notify')(NotifyController.prototype, 'receive', receive);
Controller('pay')(NotifyController);

class Fulfilment {
  ship() {}
}
const ship = Object.getOwnPropertyDescriptor(Fulfilment.prototype, 'ship');
OnPayment()(Fulfilment.prototype, 'ship', ship);

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] };
class AppModule {}
Module({
  imports: [Pass2PayModule.forRoot({ ...options, notifyPath: 'built-in/notify' })],
  controllers: [NotifyController],
  providers: [Fulfilment],
})(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { rawBody: true, logger: false });
await app.init();
for (const path of ['/pay/notify', '/built-in/notify']) {
  for (const format of ['query', 'form']) {
    const { query, headers, body } = signedPaymentNotify({ mchOrderNo: 'O1', amount: 10_031 }, { format });
    const answer = await app.inject({ method: 'POST', url: `${path}${query}`, headers, payload: body });
    console.log(answer.statusCode, answer.body);
  }
}
await app.close();
