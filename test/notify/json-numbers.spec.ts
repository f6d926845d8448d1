import { Controller } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { verifyNotify } from '../../lib/pass2pay-client/verify-notify.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams } from '../support/test-merchant.js';

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

/** A JSON body as the gateway signs it: over the members' literals. */
function signedJson(literals: Record<string, string>, secret: string = MERCHANT.secrets): string {
  const members = Object.entries(literals).map(([name, literal]) => [name, literal] as const);
  const signed = Object.fromEntries(members.map(([name, literal]) => [name, textOf(literal)]));
  const all = [...members, ['sign', JSON.stringify(sign(signed, secret))] as const];
  return `{${all.map(([name, literal]) => `${JSON.stringify(name)}:${literal}`).join(',')}}`;
}

const textOf = (literal: string) => (literal.startsWith('"') ? (JSON.parse(literal) as string) : literal);
const quoted = (params: Record<string, string>) =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, JSON.stringify(value)]));

const transferParams = { ...notifyParams({ payOrderId: '' }), transferId: 'T1', entryType: 'BANK_CARD' };
const LOST =
  /the signature does not verify, and a body parser has converted the numbers of the JSON body.*rawBody: true/;

describe.each(PLATFORMS.flatMap((platform) => [true, false].map((rawBody) => ({ platform, rawBody }))))(
  'numbers of JSON notifies on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let gateway: FakeServer;
    let running: RunningApp;
    /** What the gateway's query answers; undefined: that it does not know the order. */
    let known: Record<string, string | number> | undefined;
    /** Of its answers. */
    let gatewayStatus: number;
    let now: number;

    beforeEach(async () => {
      gatewayStatus = 200;
      now = Date.now();
      jest.spyOn(Date, 'now').mockImplementation(() => now);
      known = { ...notifyParams(), transferId: 'T1', entryType: 'BANK_CARD', amount: 5, state: 2 };
      gateway = await startServer((_request, response) => {
        const envelope = known
          ? { code: 0, msg: 'SUCCESS', data: known, sign: sign(known, MERCHANT.secrets) }
          : { code: 9999, msg: '订单不存在' };
        response.writeHead(gatewayStatus, { 'content-type': 'application/json' }).end(JSON.stringify(envelope));
      });
      running = await startApp(
        {
          imports: [
            Pass2PayModule.forRoot({
              baseUrl: gateway.url,
              merchants: [{ ...MERCHANT }],
              retries: 0,
              reconcile: { perMinute: 30 },
            }),
          ],
          controllers: [NotifyController],
        },
        { platform, rawBody },
      );
      received.length = 0;
      logged.length = 0;
    });
    afterEach(async () => {
      jest.restoreAllMocks();
      await running.app.close();
      await gateway.close();
    });

    async function post(body: string, path = 'notify') {
      const response = await fetch(`${running.url}/pay/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      return response.status;
    }

    const refusals = () => logged.filter((line) => line.includes('was refused'));

    it('A1 strings, whole numbers, true, null and empty ones verify by their signature alone', async () => {
      const body = signedJson({ ...quoted(notifyParams()), amount: '5', state: '2', isLive: 'true', storeId: '"1"' });
      const withNothing = body.replace('{', '{"extParam":null,"errMsg":"",');
      expect(await post(withNothing)).toBe(200);
      expect(received).toMatchObject([
        { amount: 5, state: 2, subject: '商品', extra: { isLive: 'true', storeId: '1' } },
      ]);
      expect(received[0]).not.toHaveProperty('extParam');
      expect(gateway.requests).toEqual([]);
    });

    // The double nearest to it has another text, or none at all.
    const literals = ['0.30', '1E+3', '1.0', '12345678901234567', '0.1234567890123456789', '-0'];

    it.each(literals)('A1 a number written %s counts', async (literal) => {
      expect(await post(signedJson({ ...quoted(notifyParams()), amount: '5', mchFeeRate: literal }))).toBe(200);
      expect(received).toMatchObject([{ payOrderId: 'P1795063328371040258', mchOrderNo: 'O1', amount: 5, state: 2 }]);
      // By its literal, or by what the gateway's query says, which knows no fee rate.
      expect(received).toMatchObject([rawBody ? { mchFeeRate: literal } : {}]);
      if (!rawBody) expect(received[0]).not.toHaveProperty('mchFeeRate');
      expect(gateway.requests).toHaveLength(rawBody ? 0 : 1);
    });

    it('A1 the same holds for a transfer', async () => {
      const body = signedJson({ ...quoted(transferParams), amount: '5', mchFeeRate: '0.30' });
      expect(await post(body, 'transfer-notify')).toBe(200);
      expect(received).toMatchObject([{ transferId: 'T1', amount: 5, state: 2 }]);
      expect(received).toMatchObject([{ extra: rawBody ? { mchFeeRate: '0.30' } : {} }]);
    });

    it.each<[string, Record<string, string | number>]>([
      ['another amount', { amount: 6 }],
      ['another state', { state: 1 }],
      ['the order as refunded', { state: 5 }],
      ['the order as closed', { state: 6 }],
      ['another currency', { currency: 'usd' }],
      ['another number', { payOrderId: 'P2' }],
      ['another app', { appId: 'A2' }],
    ])('A1 a forged one is refused where the query says %s', async (_what, changes) => {
      known = { ...known!, ...changes };
      expect(await post(signedJson({ ...quoted(notifyParams()), mchFeeRate: '0.30' }, 'somebody else’s'))).toBe(401);
      expect(received).toEqual([]);
      expect(refusals()).toHaveLength(1);
    });

    it('A1 a forged one makes nothing known that the query does not say', async () => {
      const forged = quoted(notifyParams({ subject: 'x', errMsg: 'x', storeId: 'x', reqTime: '1', channelUser: 'x' }));
      const status = await post(signedJson({ ...forged, mchFeeRate: '0.30' }, 'somebody else’s'));
      expect(status).toBe(rawBody ? 401 : 200);
      if (rawBody) return;
      // The order is paid; so says the gateway, whoever has asked for it to be asked.
      expect(received).toMatchObject([{ amount: 5, state: 2, subject: '商品', extra: {} }]);
      for (const field of ['errMsg', 'channelUser']) expect(received[0]).not.toHaveProperty(field);
    });

    it('A1 an order that the gateway does not know is refused, with the remedy in the log', async () => {
      known = undefined;
      expect(await post(signedJson({ ...quoted(notifyParams()), mchFeeRate: '0.30' }, 'somebody else’s'))).toBe(401);
      if (rawBody) expect(refusals()).toEqual([expect.stringContaining('(bad-signature)')]);
      else expect(refusals()).toEqual([expect.stringMatching(LOST)]);
    });

    it('A1 forged ones cause one query a minute for one order, and a tenth of the reconciler’s in all', async () => {
      const forged = (mchOrderNo: string) =>
        signedJson({ ...quoted(notifyParams({ mchOrderNo })), mchFeeRate: '0.30' }, 'somebody else’s');
      known = undefined;
      for (const order of ['O1', 'O1', 'o1 ', 'O2', 'O3', 'O4', 'O5']) expect(await post(forged(order))).toBe(401);
      expect(gateway.requests).toHaveLength(rawBody ? 0 : 3);
      expect(refusals()).toHaveLength(7);
      now += 60_001;
      expect(await post(forged('O1'))).toBe(401);
      expect(gateway.requests).toHaveLength(rawBody ? 0 : 4);
    });

    it('A1 a forged one of another merchant, or without an order number, causes no query', async () => {
      for (const [name, value] of [
        ['appId', 'A2'],
        ['mchOrderNo', 'O 1'],
        ['mchOrderNo', ''],
        ['amount', ''],
      ] as const) {
        const forged = { ...quoted(notifyParams({ [name]: value })), mchFeeRate: '0.30' };
        expect(await post(signedJson(forged, 'somebody else’s'))).toBe(401);
      }
      expect(gateway.requests).toEqual([]);
    });

    it('A1 a gateway that does not answer has it repeated', async () => {
      gatewayStatus = 500;
      const answer = await post(signedJson({ ...quoted(notifyParams()), mchFeeRate: '0.30' }));
      expect(answer).toBe(rawBody ? 200 : 503);
    });
  },
);

it('A1 where no query can be made, the remedy is in the refusal', async () => {
  const body = JSON.parse(signedJson({ ...quoted(notifyParams()), mchFeeRate: '0.30' })) as object;
  const refusal = verifyNotify({ body, contentType: 'application/json' }, { ...MERCHANT });
  await expect(refusal).rejects.toMatchObject({ reason: 'bad-signature', message: expect.stringMatching(LOST) });
});
