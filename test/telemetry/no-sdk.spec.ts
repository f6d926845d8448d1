import { Controller, Injectable } from '@nestjs/common';
import { createNoopMeter, diag, DiagLogLevel, INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { afterEach, expect, it, jest } from '@jest/globals';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { OnPayment } from '../../lib/outcomes/handler.decorators.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentOutcome } from '../../lib/outcomes/outcome.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { instruments } from '../../lib/telemetry/instruments.js';
import { currentTrace } from '../../lib/telemetry/queue-telemetry.js';
import { Pass2PaySandboxModule } from '../../sandbox/nest/index.js';
import { startTestSandbox } from '../../sandbox/testing/index.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';

@Controller('pay')
class NotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  payment(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

const handled: string[] = [];

@Injectable()
class Shop {
  @OnPayment()
  paid({ mchOrderNo }: PaymentOutcome) {
    handled.push(mchOrderNo);
    expect(trace.getActiveSpan()?.isRecording() ?? false).toBe(false);
    expect(currentTrace()).toBeUndefined();
  }
}

afterEach(() => void jest.restoreAllMocks());

it('without an SDK nothing is recorded, described or logged', async () => {
  // What the API gives out where no SDK is registered: of all of it, nothing may be asked.
  const span = Object.getPrototypeOf(trace.wrapSpanContext(INVALID_SPAN_CONTEXT)) as ReturnType<
    typeof trace.wrapSpanContext
  >;
  const meter = Object.getPrototypeOf(createNoopMeter()) as ReturnType<typeof createNoopMeter>;
  const asked = [
    jest.spyOn(span, 'setAttribute'),
    jest.spyOn(span, 'setAttributes'),
    jest.spyOn(span, 'setStatus'),
    jest.spyOn(span, 'addEvent'),
    jest.spyOn(span, 'recordException'),
    jest.spyOn(meter, 'createCounter'),
    jest.spyOn(meter, 'createHistogram'),
    jest.spyOn(meter, 'createObservableGauge'),
  ];
  const said: unknown[] = [];
  const say = (...words: unknown[]) => void said.push(words);
  diag.setLogger({ error: say, warn: say, info: say, debug: say, verbose: say }, DiagLogLevel.WARN);
  const lines = logged.length;

  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify', notifyTimeoutMs: 60_000 });
  const imports = [Pass2PayModule.forRoot(sandbox.options), Pass2PaySandboxModule.register(sandbox)];
  const { app, url } = await startApp(
    { imports, controllers: [NotifyController], providers: [Shop] },
    { rawBody: true },
  );
  const cashier = app.get(CashierService, { strict: false });
  await cashier.createOrder({ mchOrderNo: 'O1', amount: 5, custNo: 'C1', registerTime: new Date() });
  await expect(cashier.queryOrder({ mchOrderNo: 'none' })).rejects.toThrow();
  await sandbox.gateway.pay('O1');
  await sandbox.gateway.notifySettled('O1');
  expect((await fetch(`${url}/pay/notify`, { method: 'POST', body: new URLSearchParams({ state: '2' }) })).status).toBe(
    401,
  );
  await app.close();

  expect(handled).toEqual(['O1']);
  expect(instruments()).toBeUndefined();
  for (const spy of asked) expect(spy).not.toHaveBeenCalled();
  expect(said).toEqual([]);
  expect(logged.slice(lines).filter((line) => /telemetry|span|metric|trace/i.test(line))).toEqual([]);
});
