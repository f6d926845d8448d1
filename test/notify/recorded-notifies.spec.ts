import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { verify } from '../../lib/protocol/signature/verify.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { NOTIFIES, RECORDED_MERCHANT, type RecordedNotify } from '../support/recordings.js';
import { logged } from '../support/recording-logger.js';

const received: PaymentNotification[] = [];

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    received.push(payment);
  }
}

const { mchNo, appId, secret } = RECORDED_MERCHANT;
const MODULE = {
  imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ mchNo, appId, secrets: secret }] })],
  controllers: [NotifyController],
};

/** The parameters that the gateway signs of a payment order, by what they become. */
const TEXTS = ['payOrderId', 'mchOrderNo', 'mchNo', 'appId', 'currency', 'wayCode', 'ifCode', 'clientIp'];
const MORE_TEXTS = ['subject', 'body', 'channelOrderNo', 'errCode', 'errMsg', 'extParam'];
const NUMBERS = ['amount', 'state', 'createdAt', 'successTime', 'reqTime'];
const SIGNED = new Set([...TEXTS, ...MORE_TEXTS, ...NUMBERS, 'sign']);

const refunds = NOTIFIES.filter(({ flow }) => flow === 'refund');
const broken = NOTIFIES.filter(({ broken: why }) => why !== undefined);
const payments = NOTIFIES.filter((notify) => !refunds.includes(notify) && !broken.includes(notify));

/** What the handler must be given of a recorded notify. */
function recordedValues({ body }: RecordedNotify): PaymentNotification {
  const params = [...new URLSearchParams(body)].filter(([name]) => SIGNED.has(name) && name !== 'sign');
  const members = params.map(([name, value]) => [name, NUMBERS.includes(name) ? Number(value) : value]);
  return Object.assign(new PaymentNotification(), Object.fromEntries(members), { extra: {} });
}

/** Whether a secret signed all parameters but these. */
function isSigned({ body, unsigned = [] }: RecordedNotify): boolean {
  const { sign, ...params } = Object.fromEntries(new URLSearchParams(body));
  for (const name of unsigned) delete params[name];
  return verify(params, sign, secret);
}

describe('of the 101 recorded notifies', () => {
  it('86 of payments verify, without the notifyUrl’s own parameters, and 2 of refunds', () => {
    expect(NOTIFIES).toHaveLength(101);
    expect([payments, refunds].map((notifies) => notifies.filter(isSigned).length)).toEqual([86, 2]);
  });

  it('13 do not, for a reason that was recorded', () => {
    expect(broken).toHaveLength(13);
    expect(broken.filter(isSigned)).toEqual([]);
  });
});

describe.each(PLATFORMS.flatMap((platform) => [true, false].map((rawBody) => ({ platform, rawBody }))))(
  'recorded notifies on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp(MODULE, { platform, rawBody });
    });
    afterAll(() => running.app.close());
    beforeEach(() => {
      received.length = 0;
      logged.length = 0;
    });

    /** Sends it with the header fields and the bytes that were recorded. */
    async function post({ headers }: RecordedNotify, body: string | Buffer) {
      const sending = request(`${running.url}/pay/notify`, { method: 'POST', headers });
      sending.end(body);
      const [response] = (await once(sending, 'response')) as [IncomingMessage];
      return { status: response.statusCode, text: await text(response) };
    }

    it('lets in every one of a payment, with the values that were signed', async () => {
      for (const notify of payments) {
        const response = await post(notify, notify.body);
        expect([response, received.splice(0)]).toEqual([{ status: 200, text: 'success' }, [recordedValues(notify)]]);
      }
      expect(logged).toEqual([]);
    });

    it('gives out subjects as the orders were made with', async () => {
      const withSubject = payments.filter(({ subject }) => subject !== undefined);
      expect(withSubject).toHaveLength(75);
      for (const notify of withSubject) await post(notify, notify.body);
      expect(received.map(({ subject }) => subject)).toEqual(withSubject.map(({ subject }) => subject));
    });

    it('keeps the notifyUrl’s own parameters out', async () => {
      const mixed = payments.filter(({ unsigned }) => unsigned !== undefined);
      expect(mixed.map(({ unsigned }) => unsigned)).toEqual([['a', 'b'], ['shop']]);
      for (const { unsigned, ...notify } of mixed) {
        await post(notify, notify.body);
        for (const name of unsigned!) expect(received.at(-1)).not.toHaveProperty(name);
      }
      expect(received).toHaveLength(2);
    });

    it('refuses those of refunds as incomplete', async () => {
      for (const notify of refunds) expect(await post(notify, notify.body)).toMatchObject({ status: 401 });
      const refusals = logged.filter((line) => line.includes('A notify was refused'));
      expect(refusals).toEqual(refunds.map(() => expect.stringMatching(/\(incomplete\): mchOrderNo is missing/)));
      expect(received).toEqual([]);
    });

    it('refuses every one whose values were cut or glued', async () => {
      for (const notify of broken) {
        running.app.get(RefusalLog).end();
        expect(await post(notify, notify.body)).toMatchObject({ status: 401 });
      }
      const refusals = logged.filter((line) => line.includes('A notify was refused'));
      expect(refusals).toEqual(broken.map(() => expect.stringContaining('(bad-signature)')));
      expect(received).toEqual([]);
    });

    it('refuses one with a changed byte, unless it still says the same', async () => {
      const changes = fc.record({
        notify: fc.constantFrom(...payments),
        position: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        byte: fc.oneof(fc.nat(0xff), fc.constantFrom(...Buffer.from('&=+%[]0123456789abcdefABCDEF'))),
      });
      await fc.assert(
        fc.asyncProperty(changes, async ({ notify, position, byte }) => {
          const body = Buffer.from(notify.body);
          const at = Math.floor(position * body.length);
          fc.pre(body[at] !== byte);
          body[at] = byte;
          const response = await post(notify, body);
          const payment = received.splice(0);
          const said = meaningOf(notify.body, body.toString('utf8'));
          if (said === 'the same') expect(response).toEqual({ status: 200, text: 'success' });
          if (said === 'something else') expect(response.status).toBe(401);
          // What is let in is what was signed, never what came.
          expect(payment).toEqual(response.status === 200 ? [recordedValues(notify)] : []);
        }),
        { numRuns: 300 },
      );
    });
  },
);

/**
 * What a changed body says of the signed parameters. `alike` is let in or refused as the platform's body parser decides: a
 * space where a `+` was signed, or the same parameters beside unsigned ones that are no flat text.
 */
function meaningOf(body: string, changed: string): 'the same' | 'alike' | 'something else' {
  const [before, after] = [signedOf(body), signedOf(changed)];
  if (before !== after) return spaced(before) === spaced(after) ? 'alike' : 'something else';
  return isFlat(changed) ? 'the same' : 'alike';
}

function signedOf(body: string): string {
  const signed = [...new URLSearchParams(body)].filter(([name]) => SIGNED.has(name));
  const pairs = signed.map(([name, value]) => [name, name === 'sign' ? value.toUpperCase() : value]);
  return JSON.stringify(pairs.toSorted(([a], [b]) => (a! < b! ? -1 : 1)));
}

const spaced = (said: string) => said.replaceAll('+', ' ');

/** Whether every parser reads it alike: escapes are whole, and names are not empty, nested or given twice. */
function isFlat(body: string): boolean {
  const names = [...new URLSearchParams(body).keys()];
  const isWhole = body.split(/[&=]/).every((part) => {
    try {
      decodeURIComponent(part);
      return true;
    } catch {
      return false;
    }
  });
  return isWhole && names.every((name) => /^[^[\]&=]+$/.test(name)) && new Set(names).size === names.length;
}
