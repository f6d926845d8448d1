import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getPass2PayOptionsToken } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import { afterEach, expect, it } from '@jest/globals';
import request from 'supertest';
import { AppModule, Fulfilment } from './shop.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] };

let app: INestApplication;
afterEach(() => app.close());

it('ships on a genuine notify, and not on a forged one', async () => {
  const testing = Test.createTestingModule({ imports: [AppModule] });
  testing.overrideProvider(getPass2PayOptionsToken()).useValue(options);
  app = await (await testing.compile()).createNestApplication({ rawBody: true }).init();

  const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
  const forged = signedPaymentNotify({ mchOrderNo: 'O1', amount: 10031 }, forger);
  await request(app.getHttpServer()).post('/pay/notify').set(forged.headers).send(forged.body).expect(401);

  const paid = signedPaymentNotify({ mchOrderNo: 'O1', amount: 10031 });
  await request(app.getHttpServer()).post('/pay/notify').set(paid.headers).send(paid.body).expect(200, 'success');
  expect(app.get(Fulfilment).shipped).toEqual(['O1']);
});
