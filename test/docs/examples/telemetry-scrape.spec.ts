import { randomInt } from 'node:crypto';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CashierService, getPass2PayOptionsToken } from 'nestjs-pass2pay';
import { startTestSandbox } from 'nestjs-pass2pay/testing';
import { afterEach, expect, it } from '@jest/globals';
import { AppModule } from './shop.js';

// Below the ports that systems give to outgoing connections.
process.env.METRICS_PORT = String(randomInt(20_000, 30_000));
process.env.OTEL_TRACES_EXPORTER = 'none';
process.env.OTEL_LOGS_EXPORTER = 'none';
const { stopTelemetry } = await import('./telemetry.js');

let app: INestApplication;
afterEach(async () => {
  await app.close();
  await stopTelemetry();
});

it('the example of docs/telemetry.md gives Prometheus the module’s metrics', async () => {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  const testing = Test.createTestingModule({ imports: [AppModule, sandbox.module] });
  testing.overrideProvider(getPass2PayOptionsToken()).useValue(sandbox.options);
  app = (await testing.compile()).createNestApplication({ rawBody: true });
  await app.listen(0);
  const order = { mchOrderNo: 'O1', amount: 10031, custNo: 'C1', registerTime: new Date() };
  await app.get(CashierService).createOrder(order);
  await sandbox.gateway.pay('O1');
  await sandbox.gateway.notifySettled('O1');
  const metrics = await (await fetch(`http://127.0.0.1:${process.env.METRICS_PORT}/metrics`)).text();
  expect(metrics).toMatch(/^pass2pay_client_calls_total\{.*pass2pay_endpoint="cashierOrder".*\} 1$/m);
  expect(metrics).toMatch(/^pass2pay_notifies_total\{.*pass2pay_result="accepted".*\} 1$/m);
});
