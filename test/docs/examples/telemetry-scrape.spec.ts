import { once } from 'node:events';
import { Server, type AddressInfo, type ListenOptions } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CashierService, getPass2PayOptionsToken } from 'nestjs-pass2pay';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { afterEach, expect, it, jest } from '@jest/globals';
import { AppModule } from './shop.js';

type Listen = (this: Server, options: ListenOptions, listening: () => void) => Server;

/** The server of the example's exporter, on a free port: the exporter takes no 0, and its own may be taken. */
const exporter = new Promise<Server>((resolve) => {
  const { value: listen } = Object.getOwnPropertyDescriptor(Server.prototype, 'listen') as { value: Listen };
  jest.spyOn(Server.prototype, 'listen').mockImplementationOnce(function (this: Server, ...args: unknown[]) {
    resolve(this);
    const [options, listening] = args as [ListenOptions, () => void];
    return listen.call(this, { ...options, port: 0 }, listening);
  });
});
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
  const testing = Test.createTestingModule({ imports: [AppModule, Pass2PaySandboxModule.register(sandbox)] });
  testing.overrideProvider(getPass2PayOptionsToken()).useValue(sandbox.options);
  app = (await testing.compile()).createNestApplication({ rawBody: true });
  await app.listen(0);
  const order = { mchOrderNo: 'O1', amount: 10031, custNo: 'C1', registerTime: new Date() };
  await app.get(CashierService).createOrder(order);
  await sandbox.gateway.pay('O1');
  await sandbox.gateway.notifySettled('O1');
  const server = await exporter;
  if (!server.listening) await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toMatch(/^pass2pay_client_calls_total\{.*pass2pay_endpoint="cashierOrder".*\} 1$/m);
  expect(metrics).toMatch(/^pass2pay_notifies_total\{.*pass2pay_result="accepted".*\} 1$/m);
});
