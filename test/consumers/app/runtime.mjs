// What an application on another runtime than Node.js is told; and that signatures work there.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { sign, verify } from 'nestjs-pass2pay/protocol';

class ShopModule {}
const merchants = [{ mchNo: 'M1', appId: 'A1', secrets: '0123456789abcdef' }];
Module({ imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants })] })(ShopModule);

const params = { amount: '10031', mchOrderNo: 'O1' };
const isSigned = verify(params, sign(params, merchants[0].secrets), merchants[0].secrets);
try {
  await NestFactory.create(ShopModule, { logger: false, abortOnError: false });
  console.log(JSON.stringify({ isSigned, started: true }));
} catch (error) {
  console.log(JSON.stringify({ isSigned, refusal: error.message }));
}
process.exit(0);
