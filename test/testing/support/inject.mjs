// Plain Node: under Jest on Node 20, Fastify's inject() cannot load the packages that it needs.
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Pass2PayModule, PaymentNotify } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';

class NotifyController {
  receive() {}
}
const receive = Object.getOwnPropertyDescriptor(NotifyController.prototype, 'receive');
PaymentNotify('notify')(NotifyController.prototype, 'receive', receive);
Controller('pay')(NotifyController);

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] };
class AppModule {}
Module({ imports: [Pass2PayModule.forRoot(options)], controllers: [NotifyController] })(AppModule);

const app = await NestFactory.create(AppModule, new FastifyAdapter(), { rawBody: true, logger: false });
await app.init();
for (const format of ['query', 'form']) {
  const { query, headers, body } = signedPaymentNotify({ mchOrderNo: 'O1', amount: 10_031 }, { format });
  const answer = await app.inject({ method: 'POST', url: `/pay/notify${query}`, headers, payload: body });
  console.log(answer.statusCode, answer.body);
}
await app.close();
