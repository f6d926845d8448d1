/**
 * The files of the folder `pay`, by name: a module, the controller of the notify route, a handler and a test.
 *
 * @param js how relative imports end: `.js` in ESM, nothing in CommonJS
 */
export function paySources(js: '.js' | ''): Readonly<Record<string, string>> {
  return {
    'pay.module.ts': `import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import { Fulfilment } from './fulfilment.service${js}';
import { PayNotifyController } from './pay-notify.controller${js}';

/** Import it where orders are made: inject CashierService there. */
@Module({
  imports: [
    ConfigModule.forRoot(),
    // Reads the PASS2PAY_… variables; .env.example lists them.
    Pass2PayModule.forRootAsync(pass2payConfig.asProvider()),
  ],
  controllers: [PayNotifyController],
  providers: [Fulfilment],
  exports: [Pass2PayModule],
})
export class PayModule {}
`,
    'pay-notify.controller.ts': `import { Controller } from '@nestjs/common';
import {
  NotifyPayload,
  OutcomeProcessor,
  PaymentNotification,
  PaymentNotify,
} from 'nestjs-pass2pay';

/** Where the gateway reports how orders end: PASS2PAY_NOTIFY_URL leads here. */
@Controller('pay')
export class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  // A POST that lets in only what the gateway signed, and answers exactly success.
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}
`,
    'fulfilment.service.ts': `import { Injectable, Logger } from '@nestjs/common';
import { OnPayment, OrderState, PaymentOutcome } from 'nestjs-pass2pay';

/** What the application does when an order ends. */
@Injectable()
export class Fulfilment {
  private readonly logger = new Logger(Fulfilment.name);

  // Compare the amount with your own order, and mark it paid in one transaction.
  @OnPayment(OrderState.Success)
  async markPaid(payment: PaymentOutcome): Promise<void> {
    this.logger.log(\`\${payment.mchOrderNo} is paid: \${payment.amount} fen\`);
  }

  @OnPayment(OrderState.Failed, OrderState.Cancelled, OrderState.Closed)
  async release(payment: PaymentOutcome): Promise<void> {
    this.logger.log(\`\${payment.mchOrderNo} will not be paid\`);
  }
}
`,
    'pay.module.spec.ts': `import { INestApplication, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  CashierService,
  OnPayment,
  OrderState,
  PaymentOutcome,
} from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from 'pass2pay-sandbox';
import { PayModule } from './pay.module${js}';

@Injectable()
class Listener {
  readonly paid: string[] = [];

  @OnPayment(OrderState.Success)
  hear(payment: PaymentOutcome): void {
    this.paid.push(payment.mchOrderNo);
  }
}

describe('PayModule', () => {
  let sandbox: Pass2PaySandbox;
  let app: INestApplication;
  let notifyUrl: string;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    Object.assign(process.env, {
      PASS2PAY_BASE_URL: sandbox.url,
      PASS2PAY_MCH_NO: DEFAULT_MERCHANT.mchNo,
      PASS2PAY_APP_ID: DEFAULT_MERCHANT.appId,
      PASS2PAY_SECRET: DEFAULT_MERCHANT.secret,
    });
    const module = await Test.createTestingModule({
      imports: [PayModule],
      providers: [Listener],
    }).compile();
    app = module.createNestApplication({ logger: false, rawBody: true });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as { port: number };
    notifyUrl = \`http://127.0.0.1:\${port}/pay/notify\`;
  });

  afterAll(async () => {
    await app.close();
    await sandbox.stop();
  });

  it('hears of a payment, and refuses a forged notify', async () => {
    const order = await app.get(CashierService).createOrder({
      mchOrderNo: 'TEST1',
      amount: 10031,
      registerTime: Date.now() - 86_400_000,
      custNo: 'C1',
      notifyUrl,
    });
    expect(order.cashierUrl).toContain(sandbox.url);

    await sandbox.pay('TEST1');
    await sandbox.notifySettled('TEST1');
    const [notify] = sandbox.notifyAttempts('TEST1');
    expect(notify?.response).toBe('success');
    expect(app.get(Listener).paid).toEqual(['TEST1']);

    const forged = await fetch(notifyUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: notify!.body.replace('amount=10031', 'amount=1'),
    });
    expect(forged.status).toBe(401);
    expect(app.get(Listener).paid).toHaveLength(1);
  });
});
`,
  };
}
