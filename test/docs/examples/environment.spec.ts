import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CashierService } from 'nestjs-pass2pay';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { afterEach, expect, it } from '@jest/globals';
import { AppModule } from './configured-shop.js';

let app: INestApplication;
afterEach(() => app.close());

it('makes an order', async () => {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  Object.assign(process.env, sandbox.environment); // before the module is compiled
  const testing = Test.createTestingModule({ imports: [AppModule, Pass2PaySandboxModule.register(sandbox)] });
  app = await (await testing.compile()).createNestApplication({ rawBody: true }).init();
  const order = { mchOrderNo: 'O1', amount: 10031, custNo: 'C1', registerTime: new Date() };
  await app.get(CashierService).createOrder(order);
  expect(sandbox.gateway.order('O1')).toMatchObject({ amount: 10031 });
});
