import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService, type ConfigType } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { definePass2PayConfig, pass2payConfig } from '../../lib/config/index.js';
import type { MerchantOrders } from '../../lib/outcomes/merchant-orders.js';
import { getPass2PayToken, RESOLVED_OPTIONS } from '../../lib/pass2pay.tokens.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { ResolvedOptions } from '../../lib/pass2pay.options.js';
import { recordingLogger } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';

const before = { ...process.env };

beforeEach(() => {
  Object.assign(process.env, {
    PASS2PAY_BASE_URL: 'https://api.example',
    PASS2PAY_MCH_NO: MERCHANT.mchNo,
    PASS2PAY_APP_ID: MERCHANT.appId,
    PASS2PAY_SECRET: MERCHANT.secrets,
    PASS2PAY_TIMEOUT_MS: '4000',
  });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

const start = (module: object) =>
  NestFactory.createApplicationContext(module as never, { logger: recordingLogger, abortOnError: false });

it('configures the module by the environment', async () => {
  @Module({ imports: [ConfigModule.forRoot(), Pass2PayModule.forRootAsync(pass2payConfig.asProvider())] })
  class AppModule {}
  const app = await start(AppModule);
  const options = app.get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false });
  expect(options.timeoutMs).toBe(4000);
  expect(options.merchants).toEqual([{ ...MERCHANT, secrets: [MERCHANT.secrets] }]);
  await app.close();
});

it('goes together with options that are objects, and with ConfigService', async () => {
  @Injectable()
  class Books implements MerchantOrders {
    find = async () => null;
    pending = async () => [];
  }
  @Module({ providers: [Books], exports: [Books] })
  class BooksModule {}
  @Module({
    imports: [
      ConfigModule.forRoot({ isGlobal: true, load: [pass2payConfig] }),
      Pass2PayModule.forRootAsync({
        imports: [BooksModule],
        inject: [pass2payConfig.KEY, Books],
        useFactory: (config: ConfigType<typeof pass2payConfig>, merchantOrders: Books) => ({
          ...config,
          merchantOrders,
        }),
      }),
    ],
  })
  class AppModule {}
  const app = await start(AppModule);
  const options = app.get<ResolvedOptions>(RESOLVED_OPTIONS, { strict: false });
  expect(options.merchantOrders).toBeInstanceOf(Books);
  expect(app.get(ConfigService).get('pass2pay.baseUrl')).toBe('https://api.example');
  await app.close();
});

it('stops the start with every wrong variable', async () => {
  Object.assign(process.env, { PASS2PAY_TIMEOUT_MS: 'long', PASS2PAY_SECRET: 'short' });
  @Module({ imports: [ConfigModule.forRoot(), Pass2PayModule.forRootAsync(pass2payConfig.asProvider())] })
  class AppModule {}
  await expect(start(AppModule)).rejects.toMatchObject({
    code: 'PASS2PAY_CONFIG',
    message: expect.stringMatching(/PASS2PAY_TIMEOUT_MS must .*\n.*PASS2PAY_SECRET contains a secret of 5 characters/),
  });
});

it('configures several instances by variables of their own', async () => {
  process.env.PASS2PAY_EU_BASE_URL = 'https://eu.example';
  const europe = definePass2PayConfig({ namespace: 'eu', prefix: 'PASS2PAY_EU_', merchants: 'optional' });
  const merchantResolver = { findMerchant: async () => null };
  @Module({
    imports: [
      ConfigModule.forRoot({ isGlobal: true, load: [europe] }),
      Pass2PayModule.forRootAsync(pass2payConfig.asProvider()),
      Pass2PayModule.forRootAsync({
        name: 'eu',
        inject: [europe.KEY],
        useFactory: (config: ConfigType<typeof europe>) => ({ ...config, merchantResolver }),
      }),
    ],
  })
  class AppModule {}
  const app = await start(AppModule);
  expect(app.get(getPass2PayToken(CashierService, 'eu'), { strict: false })).toBeDefined();
  await app.close();
});
