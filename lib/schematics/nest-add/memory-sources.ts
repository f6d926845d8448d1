/**
 * The files of the folder `pay`, by name, without a database: a module with the notify route, handlers and a test.
 *
 * @param js how relative imports end: `.js` in ESM, nothing in CommonJS
 */
export function memorySources(js: '.js' | ''): Readonly<Record<string, string>> {
  return {
    'pay.module.ts': `import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { Pass2PayModule } from 'nestjs-pass2pay';
import { pass2payConfig } from 'nestjs-pass2pay/config';
import { Fulfilment } from './fulfilment.service${js}';

/** Import it where orders are created, and inject CashierService. */
@Module({
  imports: [
    ConfigModule.forRoot(),
    Pass2PayModule.forRootAsync({
      // Reads the PASS2PAY_… variables; .env.example lists them.
      ...pass2payConfig.asProvider(),
      // The notify route; PASS2PAY_NOTIFY_URL must point here.
      notifyPath: 'pay/notify',
    }),
  ],
  providers: [Fulfilment],
  exports: [Pass2PayModule],
})
export class PayModule {}
`,
    'fulfilment.service.ts': `import { Injectable, Logger } from '@nestjs/common';
import { OnPayment, OrderState, PaymentOutcome } from 'nestjs-pass2pay';

type State = 'open' | 'paid' | 'closed';

/** Handles the outcome of an order. */
@Injectable()
export class Fulfilment {
  private readonly logger = new Logger(Fulfilment.name);

  // Replace it with your order table: this map is lost when the process ends.
  private readonly states = new Map<string, State>();

  // Compare the amount with your order. A payment may arrive after the order has failed or closed.
  @OnPayment(OrderState.Success)
  markPaid({ mchOrderNo, amount }: PaymentOutcome): void {
    if (this.move(mchOrderNo, ['open', 'closed'], 'paid')) {
      this.logger.log(\`\${mchOrderNo} is paid: \${amount} fen\`);
    }
  }

  @OnPayment(OrderState.Failed, OrderState.Cancelled, OrderState.Closed)
  close({ mchOrderNo }: PaymentOutcome): void {
    if (this.move(mchOrderNo, ['open'], 'closed')) {
      this.logger.log(\`\${mchOrderNo} is not paid\`);
    }
  }

  // In your database: UPDATE … SET state = :to WHERE no = :no AND state IN (:from). Redeliveries then change nothing.
  private move(no: string, from: State[], to: State): boolean {
    if (!from.includes(this.states.get(no) ?? 'open')) return false;
    this.states.set(no, to);
    return true;
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
    notifyUrl = \`\${await app.getUrl()}/pay/notify\`;
  });

  afterAll(async () => {
    await app.close();
    await sandbox.stop();
  });

  it('receives a payment, and refuses a forged notify', async () => {
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
    const notify = sandbox.notifyAttempts('TEST1').at(0);
    expect(notify?.response).toBe('success');
    expect(app.get(Listener).paid).toEqual(['TEST1']);

    const forged = await fetch(notifyUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: notify?.body.replace('amount=10031', 'amount=1'),
    });
    expect(forged.status).toBe(401);
    expect(app.get(Listener).paid).toHaveLength(1);
  });
});
`,
  };
}
