import { describe, expect, it } from '@jest/globals';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Inject, Injectable, Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import axios from 'axios';
import { CashierOrderPipe } from '../lib/nest/cashier-order.pipe.js';
import { CashierService } from '../lib/payments/cashier.service.js';
import { GatewayClient } from '../lib/client/gateway-client.js';
import { NotifyVerifier } from '../lib/verification/notify-verifier.js';
import { OutcomeProcessor } from '../lib/outcomes/outcome-processor.js';
import { Pass2PayConfigError } from '../lib/errors/pass2pay.errors.js';
import type { Pass2PayOptionsFactory } from '../lib/pass2pay.module-definition.js';
import { Pass2PayModule } from '../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../sandbox/index.js';
import { MERCHANT } from './support/test-merchant.js';
import { getPass2PayToken, InjectPass2Pay, RESOLVED_OPTIONS } from '../lib/pass2pay.tokens.js';

const SECRET = 'a secret of one app 0123';
const optionsOf = (host: string, appId = 'a1') => ({
  baseUrl: `https://${host}.example`,
  merchants: [{ mchNo: 'M1', appId, secrets: SECRET }],
});
const OPTIONS = optionsOf('api');
const EXPORTED: Type[] = [CashierService, GatewayClient, OutcomeProcessor, NotifyVerifier, CashierOrderPipe];

const compile = (...imports: NonNullable<ModuleMetadata['imports']>): Promise<TestingModule> =>
  Test.createTestingModule({ imports }).compile();

/** Where the client of an instance would send a request, and for which app: it is stopped on its way. */
async function target(gateway: GatewayClient): Promise<string> {
  let sent = '';
  const stop = new AbortController();
  const interceptor = gateway.axios.interceptors.request.use((config) => {
    const { appId } = JSON.parse(String(config.data)) as { appId: string };
    sent = `${config.url} for ${appId}`;
    stop.abort();
    throw new Error('stopped');
  });
  await gateway.call('query', { mchOrderNo: 'N1' }, { signal: stop.signal }).catch(() => undefined);
  gateway.axios.interceptors.request.eject(interceptor);
  return sent;
}

/** A module of the application that uses the default instance. */
function consumer(...imports: NonNullable<ModuleMetadata['imports']>): {
  module: DynamicModule;
  type: Type<{ cashier: CashierService }>;
} {
  @Injectable()
  class Consumer {
    constructor(readonly cashier: CashierService) {}
  }
  class ConsumerModule {}
  return { module: { module: ConsumerModule, imports, providers: [Consumer] }, type: Consumer };
}

describe('Pass2PayModule.forRoot', () => {
  it.each(EXPORTED.map((type) => [type.name, type] as const))('exports %s', async (_name, type) => {
    const created = await Test.createTestingModule({
      imports: [Pass2PayModule.forRoot(OPTIONS)],
      providers: [{ provide: 'mine', inject: [type], useFactory: (provider: unknown) => provider }],
    }).compile();
    expect(created.get('mine')).toBeInstanceOf(type);
  });

  it('goes by its options, the defaults filled in', async () => {
    const created = await compile(Pass2PayModule.forRoot({ ...OPTIONS, currency: 'HKD' }));
    expect(created.get(RESOLVED_OPTIONS)).toMatchObject({ ...OPTIONS, currency: 'hkd', timeoutMs: 10_000 });
    expect(await target(created.get(GatewayClient))).toBe('https://api.example/api/pay/query for a1');
  });

  it('does not take isGlobal and name for options', async () => {
    await expect(compile(Pass2PayModule.forRoot({ ...OPTIONS, isGlobal: false, name: 'eu' }))).resolves.toBeDefined();
  });
});

describe('Pass2PayModule.forRootAsync', () => {
  @Injectable()
  class Settings {
    readonly host = 'settings';
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  @Injectable()
  class PaySettings implements Pass2PayOptionsFactory {
    constructor(@Inject(Settings) private readonly settings: Settings) {}

    async createPass2PayOptions(): Promise<Pass2PayOptions> {
      return optionsOf(this.settings.host);
    }
  }
  @Module({ imports: [SettingsModule], providers: [PaySettings], exports: [PaySettings] })
  class PaySettingsModule {}

  it.each<[string, Parameters<typeof Pass2PayModule.forRootAsync>[0]]>([
    ['useFactory', { useFactory: () => optionsOf('settings') }],
    ['an asynchronous useFactory', { useFactory: async () => optionsOf('settings') }],
    [
      'useFactory with imports and inject',
      { imports: [SettingsModule], inject: [Settings], useFactory: (settings: Settings) => optionsOf(settings.host) },
    ],
    ['useClass', { imports: [SettingsModule], useClass: PaySettings }],
    ['useExisting', { imports: [PaySettingsModule], useExisting: PaySettings }],
  ])('takes %s', async (_how, registration) => {
    const created = await compile(Pass2PayModule.forRootAsync(registration));
    expect(await target(created.get(GatewayClient))).toBe('https://settings.example/api/pay/query for a1');
    const named = await compile(Pass2PayModule.forRootAsync({ ...registration, name: 'eu' }));
    expect(await target(named.get(getPass2PayToken(GatewayClient, 'eu')))).toMatch(/^https:\/\/settings\.example/);
  });

  it('makes no second provider for useExisting', async () => {
    const created = await compile(
      PaySettingsModule,
      Pass2PayModule.forRootAsync({ imports: [PaySettingsModule], useExisting: PaySettings }),
    );
    expect(await created.resolve(PaySettings, undefined, { each: true })).toHaveLength(1);
  });

  it('passes on what a factory throws', async () => {
    const failing = Pass2PayModule.forRootAsync({ useFactory: () => Promise.reject(new Error('no vault')) });
    await expect(compile(failing)).rejects.toThrow('no vault');
  });
});

describe('isGlobal', () => {
  const registrations = (isGlobal?: boolean): [string, DynamicModule][] => [
    ['forRoot', Pass2PayModule.forRoot({ ...OPTIONS, ...(isGlobal === undefined ? {} : { isGlobal }) })],
    [
      'forRootAsync',
      Pass2PayModule.forRootAsync({ useFactory: () => OPTIONS, ...(isGlobal === undefined ? {} : { isGlobal }) }),
    ],
  ];

  it.each(registrations(true))('%s: makes the providers injectable everywhere', async (_name, registered) => {
    const { module, type } = consumer();
    expect((await compile(registered, module)).get(type).cashier).toBeInstanceOf(CashierService);
  });

  it.each([...registrations(false), ...registrations()])('%s: not without it', async (_name, registered) => {
    await expect(compile(registered, consumer().module)).rejects.toThrow(/can't resolve dependencies of the Consumer/);
  });

  it('makes a named instance injectable everywhere', async () => {
    @Injectable()
    class Consumer {
      constructor(@InjectPass2Pay(CashierService, 'eu') readonly cashier: CashierService) {}
    }
    class ConsumerModule {}
    const created = await compile(Pass2PayModule.forRoot({ ...OPTIONS, name: 'eu', isGlobal: true }), {
      module: ConsumerModule,
      providers: [Consumer],
    });
    expect(created.get(Consumer).cashier).toBeInstanceOf(CashierService);
  });
});

describe('instances side by side', () => {
  @Injectable()
  class Shop {
    constructor(
      readonly cashier: CashierService,
      readonly gateway: GatewayClient,
      @InjectPass2Pay(CashierService, 'eu') readonly euCashier: CashierService,
      @InjectPass2Pay(GatewayClient, 'eu') readonly euGateway: GatewayClient,
      @InjectPass2Pay(GatewayClient, 'asia') readonly asiaGateway: GatewayClient,
      @InjectPass2Pay(GatewayClient) readonly sameGateway: GatewayClient,
      readonly bare: HttpService,
    ) {}
  }
  const start = (...instances: DynamicModule[]) =>
    Test.createTestingModule({ imports: [...instances, HttpModule], providers: [Shop] })
      .compile()
      .then((created) => created.get(Shop));

  const asia = () => Pass2PayModule.forRootAsync({ name: 'asia', useFactory: () => optionsOf('asia', 'a3') });
  const eu = () => Pass2PayModule.forRoot({ ...optionsOf('eu', 'a2'), name: 'eu' });
  const unnamed = () => Pass2PayModule.forRoot(OPTIONS);

  it.each([
    ['the default one first', () => [unnamed(), eu(), asia()]],
    ['the default one last', () => [asia(), eu(), unnamed()]],
  ])('each goes by its own options, %s', async (_order, instances) => {
    const shop = await start(...instances());
    expect(await target(shop.gateway)).toBe('https://api.example/api/pay/query for a1');
    expect(await target(shop.euGateway)).toBe('https://eu.example/api/pay/query for a2');
    expect(await target(shop.asiaGateway)).toBe('https://asia.example/api/pay/query for a3');
    expect(shop.sameGateway).toBe(shop.gateway);
    expect(shop.euCashier).toBeInstanceOf(CashierService);
    expect(shop.euCashier).not.toBe(shop.cashier);
  });

  it('each has an axios instance of its own, which no HttpModule of the application shares', async () => {
    const shop = await start(unnamed(), eu(), asia());
    const clients = [shop.gateway, shop.euGateway, shop.asiaGateway].map((gateway) => gateway.axios);
    expect(new Set(clients).size).toBe(3);
    expect(clients).not.toContain(shop.bare.axiosRef);
    expect(clients).not.toContain(axios);
    for (const client of clients) expect(client.defaults).not.toBe(axios.defaults);
  });

  it('of two applications made of the same module live and end apart', async () => {
    const sandbox = await Pass2PaySandbox.start();
    const { mchNo, appId, secret: secrets } = DEFAULT_MERCHANT;
    @Module({ imports: [Pass2PayModule.forRoot({ baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets }] })] })
    class App {}
    const [first, second] = [
      await NestFactory.createApplicationContext(App, { logger: false }),
      await NestFactory.createApplicationContext(App, { logger: false }),
    ];
    try {
      expect(first.get(GatewayClient).axios).not.toBe(second.get(GatewayClient).axios);
      await second.close();
      const order = { mchOrderNo: 'O1', amount: 5, registerTime: 1622016572190, custNo: 'C200492312' };
      expect(await first.get(CashierService).createOrder(order)).toMatchObject({ mchOrderNo: 'O1', recovered: false });
    } finally {
      await first.close();
      await sandbox.stop();
    }
  });

  it('with equal options are still two', async () => {
    const shop = await start(unnamed(), Pass2PayModule.forRoot({ ...OPTIONS, name: 'eu' }), asia());
    expect(shop.euGateway).not.toBe(shop.gateway);
    expect(shop.euGateway.axios).not.toBe(shop.gateway.axios);
  });

  it.each(EXPORTED.map((type) => [type.name, type] as const))(
    'a named one exports %s under its name alone',
    async (_n, type) => {
      const { exports } = Pass2PayModule.forRoot({ ...OPTIONS, name: 'eu' });
      expect(exports).toContain(getPass2PayToken(type, 'eu'));
      expect(exports).not.toContain(type);
      expect(getPass2PayToken(type)).toBe(type);
      expect(getPass2PayToken(type, 'asia')).not.toBe(getPass2PayToken(type, 'eu'));
    },
  );

  it('a named one does not stand in for the default one', async () => {
    const { module } = consumer(Pass2PayModule.forRoot({ ...OPTIONS, name: 'eu' }));
    await expect(compile(module)).rejects.toThrow(/can't resolve dependencies of the Consumer/);
  });

  it('the default instance that two modules import is one', async () => {
    const pass2pay = Pass2PayModule.forRoot(OPTIONS);
    const [orders, refunds] = [consumer(pass2pay), consumer(pass2pay)];
    const created = await compile(orders.module, refunds.module);
    expect(created.get(orders.type).cashier).toBeInstanceOf(CashierService);
    expect(created.get(orders.type).cashier).toBe(created.get(refunds.type).cashier);
  });
});

describe('A15: registered twice', () => {
  const feature = (name: string, registered: DynamicModule): DynamicModule => {
    const type = { [name]: class {} }[name]!;
    return { module: type, imports: [registered] };
  };
  const async = (extras: { name?: string } = {}) =>
    Pass2PayModule.forRootAsync({ ...extras, useFactory: () => ({ ...OPTIONS }) });

  const forRoot = () => Pass2PayModule.forRoot(OPTIONS);
  it.each([
    ['forRootAsync in two feature modules', () => [async(), async()], 'CheckoutModule'],
    ['forRoot in two feature modules', () => [forRoot(), forRoot()], 'CheckoutModule'],
    ['one globally', () => [async(), { ...forRoot(), global: true }], 'a module with isGlobal: true'],
  ])('%s keeps the application from starting, with the remedy', async (_how, register, again) => {
    const [first, second] = register();
    const start = compile(feature('OrdersModule', first!), feature('CheckoutModule', second!));
    await expect(start).rejects.toBeInstanceOf(Pass2PayConfigError);
    await expect(start).rejects.toThrow(
      new RegExp(
        `registered 2 times without a name, in OrdersModule and again in ${again}, .* once: in the root module with isGlobal: true.* give each a name`,
      ),
    );
  });

  it('under one name neither', async () => {
    await expect(compile(async({ name: 'eu' }), async({ name: 'eu' }))).rejects.toThrow(/registered 2 times as "eu"/);
  });

  it('by a lazily loaded module, that one is refused', async () => {
    const app = await compile(async());
    await app.init();
    const late = app.get(LazyModuleLoader).load(() => feature('LateModule', async()));
    await expect(late).rejects.toThrow(/registered 2 times without a name, .*again in LateModule/);
    await app.close();
  });

  it('under different names, and in two applications, it starts', async () => {
    await expect(compile(async(), async({ name: 'eu' }), async({ name: 'asia' }))).resolves.toBeDefined();
    await expect(Promise.all([compile(async()), compile(async())])).resolves.toHaveLength(2);
  });
});

it('leaves no timer behind in an application that is closed twice', async () => {
  const module = await compile(Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:1', merchants: [{ ...MERCHANT }] }));
  await module.init();
  const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  await module.close();
  const before = timers();
  await module.close();
  expect(timers()).toBe(before);
});

describe('wrong options', () => {
  const wrong = { baseUrl: 'http://api.example', merchants: [], timeoutMs: '5' as unknown as number };

  it.each<[string, () => DynamicModule]>([
    ['forRoot', () => Pass2PayModule.forRoot(wrong)],
    ['forRootAsync', () => Pass2PayModule.forRootAsync({ useFactory: async () => wrong })],
  ])('keep the application from starting and are all listed: %s', async (_name, register) => {
    @Module({ imports: [register()] })
    class AppModule {}
    const start = NestFactory.create(AppModule, { logger: false, abortOnError: false });
    await expect(start).rejects.toBeInstanceOf(Pass2PayConfigError);
    const error = (await start.catch((thrown: unknown) => thrown)) as Pass2PayConfigError;
    expect(error.issues.map(({ field }) => field)).toEqual(['merchants', 'timeoutMs', 'baseUrl']);
  });

  it('are named with the instance that has them', async () => {
    await expect(compile(Pass2PayModule.forRoot({ ...wrong, name: 'eu' }))).rejects.toThrow(
      /^Invalid Pass2PayModule "eu" options:\n/,
    );
  });

  it.each([undefined, null, 'https://api.example'])('of a factory that returns %p', async (nothing) => {
    const registered = Pass2PayModule.forRootAsync({ useFactory: () => nothing as never });
    await expect(compile(registered)).rejects.toThrow(/no options; return them from the factory/);
  });

  it('include extras that a factory returns', async () => {
    const registered = Pass2PayModule.forRootAsync({ useFactory: () => ({ ...OPTIONS, isGlobal: true }) });
    await expect(compile(registered)).rejects.toThrow(/isGlobal is unknown in the options; .*beside useFactory/);
  });
});
