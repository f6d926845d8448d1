import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CashierService, getPass2PayOptionsToken } from 'nestjs-pass2pay';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { startTestSandbox } from 'pass2pay-sandbox/testing';
import { afterEach, expect, it } from '@jest/globals';
import { AppModule, Fulfilment } from './shop.js';

let app: INestApplication;
afterEach(() => app.close());

it('ships what is paid', async () => {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  const testing = Test.createTestingModule({ imports: [AppModule, Pass2PaySandboxModule.register(sandbox)] });
  testing.overrideProvider(getPass2PayOptionsToken()).useValue(sandbox.options);
  app = (await testing.compile()).createNestApplication({ rawBody: true });
  await app.listen(0);
  const order = { mchOrderNo: 'O1', amount: 10031, custNo: 'C1', registerTime: new Date() };
  await app.get(CashierService).createOrder(order);
  await sandbox.gateway.pay('O1');
  await sandbox.gateway.notifySettled('O1');
  expect(app.get(Fulfilment).shipped).toEqual(['O1']);
});
