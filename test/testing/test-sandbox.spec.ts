import { once } from 'node:events';
import { connect } from 'node:net';
import { Controller, Injectable, Module, type INestApplication } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { pass2payConfig } from '../../lib/config/index.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT } from '../../sandbox/gateway/options.js';
import { Pass2PaySandbox } from '../../sandbox/gateway/pass2pay-sandbox.js';
import { Pass2PaySandboxModule } from '../../sandbox/nest/index.js';
import { startTestSandbox, type TestSandbox, type TestSandboxOptions } from '../../sandbox/testing/index.js';
import { TransferService } from '../../lib/transfers/transfer.service.js';
import { PLATFORMS, type Platform } from '../support/nest-app.js';
import { recordingLogger } from '../support/recording-logger.js';

@Controller('pay')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  payment(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }

  @TransferNotify('transfer')
  transfer(@NotifyPayload() transfer: TransferNotification) {
    return this.outcomes.process(transfer);
  }
}

@Injectable()
class Books {
  readonly entries: string[] = [];

  @OnPayment()
  payment({ mchOrderNo, state }: PaymentOutcome) {
    this.entries.push(`${mchOrderNo} ${state}`);
  }

  @OnTransfer()
  transfer({ mchOrderNo, state }: TransferOutcome) {
    this.entries.push(`${mchOrderNo} ${state}`);
  }
}

@Module({
  imports: [ConfigModule.forRoot({ ignoreEnvFile: true }), Pass2PayModule.forRootAsync(pass2payConfig.asProvider())],
  controllers: [NotifyController],
  providers: [Books],
})
class ShopModule {}

const order = { mchOrderNo: 'O1', amount: 10_031, custNo: 'C1', registerTime: new Date() };
const transfer = { mchOrderNo: 'W1', amount: 500, custNo: 'C1', accountNo: '6222020200112233445', clientIp: '1.2.3.4' };

const before = { ...process.env };
let sandbox: TestSandbox;
let app: INestApplication | undefined;

beforeEach(() => {
  // As a developer's own .env might.
  Object.assign(process.env, { PASS2PAY_MERCHANTS_FILE: '/none', PASS2PAY_SECRET: 'another-secret-of-it' });
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
});

async function open(options: TestSandboxOptions, platform: Platform = 'express'): Promise<INestApplication> {
  sandbox = await startTestSandbox(options);
  Object.assign(process.env, sandbox.environment);
  const testing = await Test.createTestingModule({
    imports: [ShopModule, Pass2PaySandboxModule.register(sandbox)],
  }).compile();
  const settings = { rawBody: true, logger: recordingLogger };
  app =
    platform === 'fastify'
      ? testing.createNestApplication(new FastifyAdapter(), settings)
      : testing.createNestApplication(settings);
  return app;
}

describe('a test sandbox', () => {
  it.each(PLATFORMS)('sends its notifies to the application, wherever it listens, on %s', async (platform) => {
    const shop = await open({ notifyPath: '/pay/notify', transferNotifyPath: '/pay/transfer' }, platform);
    await shop.listen(0, '127.0.0.1');
    await shop.get(CashierService, { strict: false }).createOrder(order);
    await shop.get(TransferService, { strict: false }).createTransfer(transfer);
    await sandbox.gateway.pay('O1');
    await sandbox.gateway.succeedTransfer('W1');
    expect(await sandbox.gateway.notifySettled('O1')).toMatchObject({ acknowledged: true, attempts: 1 });
    expect(await sandbox.gateway.notifySettled('W1')).toMatchObject({ acknowledged: true, attempts: 1 });
    expect(shop.get(Books).entries.toSorted()).toEqual(['O1 2', 'W1 2']);
  });

  it('reaches an application that listens late', async () => {
    const shop = await open({ notifyPath: '/pay/notify', notifySpeed: 100 });
    await shop.init();
    await shop.get(CashierService, { strict: false }).createOrder(order);
    const attempted = new Promise<void>((resolve) => {
      sandbox.gateway.journal.subscribe(({ type }) => {
        if (type === 'notify-attempt') resolve();
      });
    });
    await sandbox.gateway.pay('O1');
    await attempted;
    expect(sandbox.gateway.notifyAttempts('O1')[0]).toMatchObject({ acknowledged: false });
    await shop.listen(0);
    expect(await sandbox.gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
    expect(shop.get(Books).entries).toEqual(['O1 2']);
  });

  it('can be injected, and stops with the application', async () => {
    const shop = await open({});
    await shop.init();
    expect(shop.get(Pass2PaySandbox)).toBe(sandbox.gateway);
    const connection = connect(Number(new URL(sandbox.gateway.url).port), '127.0.0.1');
    await once(connection, 'connect');
    const closed = once(connection, 'close');
    await shop.close();
    await closed;
  });

  it('has the merchants that it is given', async () => {
    const merchants = [DEFAULT_MERCHANT, { mchNo: 'M2', appId: 'A2', secret: 'abcdefghijklmnop' }];
    const shop = await open({ merchants });
    await shop.init();
    const cashier = shop.get(CashierService, { strict: false });
    expect(await cashier.createOrder(order, { merchant: { appId: 'A2' } })).toMatchObject({ mchOrderNo: 'O1' });
    expect(sandbox.gateway.order('O1')).toMatchObject({ mchNo: 'M2' });
  });

  it.each(['pay/notify', 'https://shop.example/notify', '/pay notify', '/notify?x=1'])(
    'refuses %p as a path',
    async (notifyPath) => {
      await expect(startTestSandbox({ notifyPath })).rejects.toThrow('notifyPath must be a path such as /pay/notify');
    },
  );
});
