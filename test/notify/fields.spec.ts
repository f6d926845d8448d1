import { Controller, ValidationPipe } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { verifyNotify } from '../../lib/pass2pay-client/verify-notify.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const received: (PaymentNotification | TransferNotification)[] = [];

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify') receive(@NotifyPayload() payment: PaymentNotification) {
    received.push(payment);
  }

  @TransferNotify('transfer-notify') receiveTransfer(@NotifyPayload() transfer: TransferNotification) {
    received.push(transfer);
  }
}

/** What every notify must say. */
const PAYMENT = {
  payOrderId: 'P1795063328371040258',
  mchNo: MERCHANT.mchNo,
  appId: MERCHANT.appId,
  mchOrderNo: 'O1',
  amount: '10031',
  currency: 'CNY',
  state: '2',
};
const TRANSFER = { ...PAYMENT, payOrderId: '', transferId: 'T1795063328371040258' };

/** The sample notify of the platform's vendor, 2026. */
const VENDOR_SAMPLE = {
  ...PAYMENT,
  ifCode: 'alipay',
  wayCode: 'ALI_QR',
  clientIp: '210.73.10.148',
  channelOrderNo: '20240618220014123456',
  successTime: '2024-06-18 11:05:30',
};

/** The example that Pass2Pay's own page prints: without reqTime, which its table requires. */
const PRINTED_SAMPLE = {
  ...PAYMENT,
  ifCode: 'alipay',
  wayCode: 'ALI_QR',
  clientIp: '192.166.1.132',
  subject: '商品',
  body: '0',
  channelOrderNo: '2021051722001423456',
  createdAt: '1622016572190',
  successTime: '1622016581000',
  extParam: '',
};

/** A merchant's, as its public code reads it. */
const WITH_FEES = {
  ...PRINTED_SAMPLE,
  mchFeeRate: '0.0060',
  mchFeeAmount: '60',
  channelUser: '2088102146225135',
  storeId: '1001',
  qrcId: '7',
};

describe.each(PLATFORMS)('fields of notifies on %s', (platform) => {
  let running: RunningApp;

  beforeAll(async () => {
    running = await startApp(
      {
        imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }] })],
        controllers: [NotifyController],
      },
      {
        platform,
        // As strict as applications have it.
        configure: (app) =>
          app.useGlobalPipes(new ValidationPipe({ whitelist: true, transform: true, validateCustomDecorators: true })),
      },
    );
  });
  afterAll(() => running.app.close());
  beforeEach(() => {
    received.length = 0;
    logged.length = 0;
  });

  async function post(body: string, path = 'notify'): Promise<number> {
    const response = await fetch(`${running.url}/pay/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
    return response.status;
  }

  const warnings = () => logged.filter((line) => line.includes('has an unreadable'));

  it('A2 what identifies and binds a payment is enough', async () => {
    expect(await post(signedForm(PAYMENT))).toBe(200);
    const { amount, state, ...texts } = PAYMENT;
    const expected = { ...texts, amount: Number(amount), state: Number(state), extra: {} };
    expect(received).toEqual([Object.assign(new PaymentNotification(), expected)]);
    expect(warnings()).toEqual([]);
  });

  it.each(Object.keys(PAYMENT))('A2 a payment without %s is refused', async (name) => {
    expect(await post(signedForm({ ...PAYMENT, [name]: '' }))).toBe(401);
    expect(received).toEqual([]);
  });

  it('A2 what identifies and binds a transfer is enough', async () => {
    expect(await post(signedForm(TRANSFER), 'transfer-notify')).toBe(200);
    expect(received).toEqual([expect.any(TransferNotification)]);
    expect(received).toMatchObject([{ transferId: TRANSFER.transferId, amount: 10_031, state: 2, extra: {} }]);
  });

  it.each(Object.keys(TRANSFER).filter((name) => name !== 'payOrderId'))(
    'A2 a transfer without %s is refused',
    async (name) => {
      expect(await post(signedForm({ ...TRANSFER, [name]: '' }), 'transfer-notify')).toBe(401);
      expect(received).toEqual([]);
    },
  );

  it('A2 the vendor’s sample is accepted, its local time read as China’s', async () => {
    expect(await post(signedForm(VENDOR_SAMPLE))).toBe(200);
    expect(received).toMatchObject([{ amount: 10_031, successTime: Date.parse('2024-06-18T11:05:30+08:00') }]);
    expect(received[0]).not.toHaveProperty('reqTime');
  });

  it('A2 the example that Pass2Pay prints is accepted', async () => {
    expect(await post(signedForm(PRINTED_SAMPLE))).toBe(200);
    expect(received).toMatchObject([{ createdAt: 1_622_016_572_190, successTime: 1_622_016_581_000 }]);
  });

  it.each([
    ['Chinese', '商'],
    ['emoji', '🛒'],
  ])('C1 texts as long as the gateway takes them, all %s, are accepted', async (_name, character) => {
    const texts = {
      subject: character.repeat(64),
      body: character.repeat(256),
      extParam: character.repeat(512),
    };
    expect(await post(signedForm({ ...WITH_FEES, ...texts }))).toBe(200);
    expect(received).toMatchObject([texts]);
  });

  it.each(['notify', 'transfer-notify'])(
    'A2 times that cannot be read are left out, with one warning that names them: %s',
    async (path) => {
      const times = { createdAt: 'yesterday', successTime: '2024-02-30 00:00:00', reqTime: '1716888889' };
      const params = { ...(path === 'notify' ? PAYMENT : TRANSFER), ...times };
      expect(await post(signedForm(params), path)).toBe(200);
      expect(received).toMatchObject([{ reqTime: 1_716_888_889_000 }]);
      expect(received[0]).not.toHaveProperty('createdAt');
      expect(received[0]).not.toHaveProperty('successTime');
      expect(warnings()).toEqual([expect.stringMatching(/of order "O1" has an unreadable createdAt, successTime/)]);
    },
  );

  it('A2 a refused message causes no such warning', async () => {
    expect(await post(signedForm({ ...PAYMENT, createdAt: 'x' }, 'a secret of somebody else'))).toBe(401);
    expect(warnings()).toEqual([]);
  });

  it('A3 fees and the payer are typed, every other signed field is in extra', async () => {
    expect(await post(signedForm(WITH_FEES))).toBe(200);
    expect(received).toMatchObject([
      {
        mchFeeRate: '0.0060',
        mchFeeAmount: 60,
        channelUser: '2088102146225135',
        extra: { storeId: '1001', qrcId: '7' },
      },
    ]);
    expect(Object.keys((received[0] as PaymentNotification).extra)).toEqual(['storeId', 'qrcId']);
  });

  it('A3 a fee that cannot be read is left out with a warning', async () => {
    expect(await post(signedForm({ ...PAYMENT, mchFeeAmount: '0.6' }))).toBe(200);
    expect(received[0]).not.toHaveProperty('mchFeeAmount');
    expect(warnings()).toEqual([expect.stringContaining('has an unreadable mchFeeAmount')]);
  });

  it('A3 a transfer’s other signed fields are in extra too', async () => {
    const params = { ...TRANSFER, channelResData: '{"a":1}', mchFeeAmount: '60' };
    expect(await post(signedForm(params), 'transfer-notify')).toBe(200);
    expect(received).toMatchObject([{ extra: { channelResData: '{"a":1}', mchFeeAmount: '60' } }]);
  });

  it('A3 unsigned fields are never in extra', async () => {
    expect(await post(`${signedForm(WITH_FEES)}&tenant=7`)).toBe(200);
    expect(received).toMatchObject([{ extra: { storeId: '1001', qrcId: '7' } }]);
    expect((received[0] as PaymentNotification).extra).not.toHaveProperty('tenant');
    // An empty value is in no signature.
    expect(await post(`${signedForm(PAYMENT)}&tenant=`)).toBe(200);
    expect((received[1] as PaymentNotification).extra).toEqual({});
  });

  it.each(['7', '0', '4', '999999'])('A4 state %s is passed on', async (state) => {
    expect(await post(signedForm({ ...PAYMENT, state }))).toBe(200);
    expect(await post(signedForm({ ...TRANSFER, state }), 'transfer-notify')).toBe(200);
    expect(received.map((notification) => notification.state)).toEqual([Number(state), Number(state)]);
  });

  it.each(['1000000', '-1', '02', '2.0', '2e0', 'SUCCESS', ' 2'])('A4 state %j is refused', async (state) => {
    expect(await post(signedForm({ ...PAYMENT, state }))).toBe(401);
    expect(await post(signedForm({ ...TRANSFER, state }), 'transfer-notify')).toBe(401);
    expect(received).toEqual([]);
  });

  it('a genuine notify as recorded has nothing in extra', async () => {
    expect(await post(signedForm(notifyParams()))).toBe(200);
    expect(received).toMatchObject([{ extra: {} }]);
  });
});

it.each(['application/x-www-form-urlencoded', 'application/json'])(
  'A3 no name of a signed field is special: %s',
  async (contentType) => {
    // Off the wire: parsers of forms and class-transformer drop some of these names.
    const names = {
      constructor: '1',
      toString: '2',
      hasOwnProperty: '3',
      prototype: '4',
      extra: '5',
      gatewayState: '6',
    };
    const form = signedForm({ ...PAYMENT, ...names });
    const body = contentType.endsWith('json') ? JSON.stringify(Object.fromEntries(new URLSearchParams(form))) : form;
    const verified = await verifyNotify({ body, contentType }, { ...MERCHANT });
    const { extra, ...payment } = (verified as { payment: PaymentNotification }).payment;
    expect(extra).toEqual(names);
    expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
    expect(payment.gatewayState).toBeUndefined();
  },
);
