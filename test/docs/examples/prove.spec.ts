import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Pass2PaySandboxModule } from 'pass2pay-sandbox/nest';
import { proveNotifyUrl, startTestSandbox } from 'pass2pay-sandbox/testing';
import { afterEach, expect, it } from '@jest/globals';
import { AppModule, Shop } from './proven-shop.js';

let app: INestApplication;
afterEach(() => app.close());

it('neither loses nor doubles a payment', async () => {
  const sandbox = await startTestSandbox({ notifyPath: '/pay/notify' });
  Object.assign(process.env, sandbox.environment); // before the module is compiled
  const testing = Test.createTestingModule({ imports: [AppModule, Pass2PaySandboxModule.register(sandbox)] });
  app = (await testing.compile()).createNestApplication({ rawBody: true });
  await app.listen(0);
  const shop = app.get(Shop);
  const proof = await proveNotifyUrl({
    notifyUrl: sandbox.options.notifyUrl!,
    sandbox: sandbox.gateway,
    orders: () => shop.order(),
    count: (mchOrderNo) => shop.fulfilments(mchOrderNo),
    times: { quietMs: 10 }, // what its handlers do is done when the notify is answered
  });
  expect(proof.findings).toEqual([]);
}, 60_000);
