import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

/** The shop, configured by the environment and not yet listening. */
export async function createShop(options: NestApplicationOptions = {}): Promise<NestExpressApplication> {
  const shop = await NestFactory.create<NestExpressApplication>(AppModule, {
    // A notify's signature is checked on the bytes that came, not on what a parser made of them.
    rawBody: true,
    forceCloseConnections: true,
    abortOnError: false,
    ...options,
  });
  shop.disable('x-powered-by');
  return shop;
}
