import { join } from 'node:path';
import type { NestApplicationOptions } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { securityHeaders } from './pages/security-headers.js';

/** The shop, configured by the environment and not yet listening. */
export async function createShop(options: NestApplicationOptions = {}): Promise<NestExpressApplication> {
  const shop = await NestFactory.create<NestExpressApplication>(AppModule, {
    // A notify's signature is checked on the bytes that came, not on what a parser made of them.
    rawBody: true,
    forceCloseConnections: true,
    abortOnError: false,
    ...options,
  });
  shop.use(securityHeaders(shop.get(ConfigService)));
  shop.useStaticAssets(join(import.meta.dirname, '../public'), { prefix: '/assets' });
  return shop;
}
