import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Injectable, type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import {
  CashierService,
  getPass2PayToken,
  OnPayment,
  OrderState,
  Pass2PayModule,
  type MerchantResolver,
  type PaymentOutcome,
} from 'nestjs-pass2pay';
import type { pass2payConfig } from 'nestjs-pass2pay/config';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox, type TestSandbox } from 'pass2pay-sandbox/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MERCHANT_VARIABLES, VARIABLES, variableName } from '../../lib/config/variables.js';
import { resolveOptions } from '../../lib/pass2pay.options.js';
import { startApp } from '../support/nest-app.js';
import { MERCHANT } from '../support/test-merchant.js';
import { RunDocument } from './support/document.js';
import { ORDER } from './support/shop.js';

const page = new RunDocument('docs/configuration.md');
const document = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const rows = Array.from(document.matchAll(/^\| `(PASS2PAY_\w+)` +\|(.*)\|$/gm), ([, name, rest]) => ({
  name,
  cells: rest!.split('|').map((cell) => cell.trim()),
}));
const defaults = resolveOptions({ baseUrl: 'https://api.example', merchants: [{ ...MERCHANT }] });

function defaultOf(option: string): string {
  if (option === 'baseUrl') return 'required';
  const value = option
    .split('.')
    .reduce<unknown>((all, name) => (all as Readonly<Record<string, unknown>>)[name], defaults);
  return ['string', 'number', 'boolean'].includes(typeof value) ? `\`${value as string}\`` : 'none';
}

it('docs/configuration.md has every variable, with its option and its default', () => {
  const ofOptions = rows.filter(({ cells }) => cells.length === 3);
  expect(ofOptions.map(({ name, cells: [option, fallback] }) => [name, option, fallback])).toEqual(
    VARIABLES.map(({ option }) => [variableName(option, 'PASS2PAY_'), `\`${option}\``, defaultOf(option)]),
  );
});

it('docs/configuration.md has every variable of the merchant’s app', () => {
  const ofApps = rows.filter(({ cells }) => cells.length === 1).map(({ name }) => name);
  expect(ofApps).toEqual(Object.values(MERCHANT_VARIABLES).map((name) => `PASS2PAY_${name}`));
});

describe('what docs/configuration.md shows', () => {
  const before = { ...process.env };
  let app: INestApplication;
  afterEach(async () => {
    await app.close();
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  });

  /** A gateway that the environment names. */
  async function startGateway(
    variables: Record<string, string> = {},
    prefix = 'PASS2PAY_',
  ): Promise<TestSandbox & { module: DynamicModule }> {
    const sandbox = await startTestSandbox();
    for (const [name, value] of Object.entries({ ...sandbox.environment, ...variables }))
      process.env[name.replace('PASS2PAY_', prefix)] = value;
    return { ...sandbox, module: Pass2PaySandboxModule.register(sandbox) };
  }

  it('sells through the gateway that the environment names', async () => {
    const { AppModule } = await page.load<{ AppModule: Type }>('pass2payConfig.asProvider()');
    const { module, gateway } = await startGateway();
    ({ app } = await startApp({ imports: [AppModule, module] }));
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
    expect(gateway.order('O1')).toBeDefined();
  });

  it('asks about the orders of the book that code adds, with the times of the environment', async () => {
    const { AppModule } = await page.load<{ AppModule: Type }>('class ShopMerchantOrders');
    const { module, gateway } = await startGateway({
      PASS2PAY_RECONCILE_AFTER_MS: '0',
      PASS2PAY_RECONCILE_EVERY_MS: '10',
    });
    const paid = new EventEmitter();
    @Injectable()
    class Fulfilment {
      @OnPayment(OrderState.Success)
      ship({ mchOrderNo }: PaymentOutcome) {
        paid.emit('order', mchOrderNo);
      }
    }
    ({ app } = await startApp({ imports: [AppModule, module], providers: [Fulfilment] }));
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
    const firstPaid = once(paid, 'order');
    await gateway.pay('O1');
    expect(await firstPaid).toEqual(['O1']);
  });

  it('gives a named instance variables of its own, and no app', async () => {
    const { europe } = await page.load<{ europe: typeof pass2payConfig }>('definePass2PayConfig');
    const { module, gateway, options } = await startGateway(
      { PASS2PAY_MCH_NO: '', PASS2PAY_APP_ID: '' },
      'PASS2PAY_EU_',
    );
    process.env['PASS2PAY_EU_SECRET'] = '';
    const merchantResolver: MerchantResolver = { findMerchant: async () => options.merchants![0]! };
    ({ app } = await startApp({
      imports: [
        module,
        Pass2PayModule.forRootAsync({
          name: 'eu',
          imports: [ConfigModule.forFeature(europe)],
          inject: [europe.KEY],
          useFactory: (config: ConfigType<typeof europe>) => ({ ...config, merchantResolver }),
        }),
      ],
    }));
    const { appId } = gateway.merchants[0]!;
    const cashier = app.get<CashierService>(getPass2PayToken(CashierService, 'eu'), { strict: false });
    await cashier.createOrder({ ...ORDER, mchOrderNo: 'O1' }, { merchant: { appId } });
    expect(gateway.order('O1')).toBeDefined();
  });
});

it('every block of docs/configuration.md has been run', () => expect(page.unrun()).toEqual([]));
