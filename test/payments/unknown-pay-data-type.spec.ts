import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { startApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT } from '../support/test-merchant.js';

const ORDER = {
  mchOrderNo: 'O1',
  amount: 100,
  wayCode: 'ALI_QR',
  registerTime: 1622016572190,
  custNo: 'C200492312',
  clientIp: '210.73.10.148',
};

/** The gateway answers each create with the next of these words. */
let words: string[] = [];
let gateway: FakeServer;

beforeAll(async () => {
  gateway = await startServer((_request, response) => {
    const payDataType = words.shift()!;
    const data = { payOrderId: 'P1', mchOrderNo: 'O1', orderState: 1, payDataType, payData: `of ${payDataType}` };
    response.end(JSON.stringify({ code: 0, msg: 'SUCCESS', data, sign: sign(data, MERCHANT.secrets) }));
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => gateway.close());

const options = () => ({ baseUrl: gateway.url, merchants: [{ ...MERCHANT }], retries: 0 });

async function createEach(payments: PaymentService, types: readonly string[]) {
  words = [...types];
  for (const payDataType of types) {
    const made = await payments.createOrder(ORDER);
    expect(made).toMatchObject({ payDataType, payData: `of ${payDataType}`, recovered: false });
  }
}

it('B1: passes on a payDataType that it does not know, with its payData, and warns once of each', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const client = new Pass2PayClient(options());
  await createEach(client.payments, ['carrierPigeon', 'wxapp', 'smoke', 'carrierPigeon', 'smoke']);
  await client.close();
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining('payDataType "carrierPigeon"'), 'Pass2PayWarning'],
    [expect.stringContaining('payDataType "smoke"'), 'Pass2PayWarning'],
  ]);
});

it('B1: knows every payDataType of the platform, in any case, and warns of none', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const client = new Pass2PayClient(options());
  const known = ['payurl', 'form', 'wxapp', 'aliapp', 'ysfapp', 'codeUrl', 'codeImgUrl', 'none'];
  const spellings = ['payUrl', 'form', 'wxapp', 'aliapp', 'ysfapp', 'codeUrl', 'codeImgUrl', 'none'];
  for (const change of [String, (word: string) => word.toUpperCase(), (word: string) => word.toLowerCase()]) {
    words = known.map(change);
    for (const [index, word] of [...words].entries()) {
      const made = await client.payments.createOrder(ORDER);
      expect(made).toMatchObject({ payDataType: spellings[index], payData: `of ${word}`, recovered: false });
    }
  }
  await client.close();
  expect(warn).not.toHaveBeenCalled();
});

it('B1: warns in the log of a Nest application', async () => {
  const { app } = await startApp({ imports: [Pass2PayModule.forRoot(options())] });
  logged.length = 0;
  await createEach(app.get(PaymentService), ['carrierPigeon', 'aliapp', 'carrierPigeon']);
  await app.close();
  const warnings = logged.filter((line) => line.includes('payDataType'));
  expect(warnings).toEqual([expect.stringMatching(/"carrierPigeon".*Pass2PayPayments/)]);
});

it('stops warning after 100 words', async () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const client = new Pass2PayClient(options());
  await createEach(
    client.payments,
    Array.from({ length: 101 }, (_none, index) => `word${index}`),
  );
  await client.close();
  expect(warn).toHaveBeenCalledTimes(100);
});
