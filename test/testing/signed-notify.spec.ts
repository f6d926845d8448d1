import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { OrderState } from '../../lib/protocol/order-state.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT } from '../../sandbox/gateway/options.js';
import { signedPaymentNotify, signedTransferNotify, type SignedNotify } from '../../sandbox/testing/index.js';
import { TransferState } from '../../lib/protocol/transfer-state.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const other = { mchNo: 'M2', appId: 'A2', secret: 'abcdefghijklmnop' };
const merchants = [
  { mchNo, appId, secrets: secret },
  { mchNo: other.mchNo, appId: other.appId, secrets: other.secret },
];

let received: (PaymentNotification | TransferNotification)[] = [];
beforeEach(() => {
  received = [];
});

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify')
  payment(@NotifyPayload() payment: PaymentNotification) {
    received.push(payment);
  }

  @TransferNotify('transfer')
  transfer(@NotifyPayload() transfer: TransferNotification) {
    received.push(transfer);
  }
}

describe.each(PLATFORMS)('a signed notify, on %s,', (platform) => {
  let running: RunningApp;
  beforeAll(async () => {
    const module = Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants });
    running = await startApp({ imports: [module], controllers: [NotifyController] }, { platform, rawBody: true });
  });
  afterAll(() => running.app.close());

  const post = async (path: string, { query, headers, body }: SignedNotify) => {
    const response = await fetch(running.url + path + query, { method: 'POST', headers, body });
    return [response.status, await response.text()];
  };

  it.each(['form', 'raw-form', 'query', 'json'] as const)('is let in in the format %s', async (format) => {
    const notify = signedPaymentNotify({ mchOrderNo: 'O1', amount: 10_031, extParam: 'a=b c' }, { format });
    expect([notify.body === '', notify.query === '']).toEqual([format === 'query', format !== 'query']);
    expect(await post('/pay/notify', notify)).toEqual([200, 'success']);
    expect(received).toEqual([
      expect.objectContaining({
        payOrderId: 'PO1',
        mchOrderNo: 'O1',
        amount: 10_031,
        currency: 'cny',
        state: OrderState.Success,
        successTime: expect.any(Number),
        extParam: 'a=b c',
        mchNo,
        appId,
      }),
    ]);
  });

  it('says what its fields say', async () => {
    const notify = signedPaymentNotify({ mchOrderNo: 'O1', amount: 1, state: OrderState.Closed, subject: undefined });
    expect(notify.params).not.toHaveProperty('successTime');
    expect(notify.params).not.toHaveProperty('subject');
    expect(await post('/pay/notify', notify)).toEqual([200, 'success']);
    expect(received).toEqual([expect.objectContaining({ state: OrderState.Closed, amount: 1 })]);
  });

  it('A3 has the members of extra as parameters of their own', async () => {
    const notify = signedPaymentNotify({ mchOrderNo: 'O1', amount: 1, mchFeeAmount: 60, extra: { storeId: '1001' } });
    expect(notify.params).toMatchObject({ mchFeeAmount: '60', storeId: '1001' });
    expect(notify.params).not.toHaveProperty('extra');
    expect(await post('/pay/notify', notify)).toEqual([200, 'success']);
    expect(received).toMatchObject([{ mchFeeAmount: 60, extra: { storeId: '1001' } }]);
  });

  it('is of a transfer too, and of another merchant', async () => {
    const fields = { mchOrderNo: 'W1', amount: 500, state: TransferState.Failed, errMsg: 'no such account' };
    expect(await post('/pay/transfer', signedTransferNotify(fields, { merchant: other }))).toEqual([200, 'success']);
    expect(received).toEqual([expect.objectContaining({ transferId: 'TW1', ...fields, mchNo: 'M2', appId: 'A2' })]);
  });

  it('is refused with a wrong secret, and with a changed parameter', async () => {
    const fields = { mchOrderNo: 'O1', amount: 10_031 };
    const forged = signedPaymentNotify(fields, { merchant: { ...other, secret: 'ponmlkjihgfedcba' } });
    expect((await post('/pay/notify', forged))[0]).toBe(401);
    const genuine = signedPaymentNotify(fields);
    const changed = { ...genuine, body: genuine.body.replace('amount=10031', 'amount=1') };
    expect(changed.body).not.toBe(genuine.body);
    expect((await post('/pay/notify', changed))[0]).toBe(401);
    expect(received).toEqual([]);
  });
});

it('is let in by inject() of Fastify, at a controller and at the built-in route', async () => {
  const program = fileURLToPath(new URL('support/inject.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe('200 success\n'.repeat(4));
  // Only ends a process that hangs.
}, 600_000);
