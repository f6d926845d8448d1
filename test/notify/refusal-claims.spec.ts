import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { verifyNotify } from '../../lib/pass2pay-client/verify-notify.js';
import type { NotifyRefusal } from '../../lib/protocol/notify/notify-refusal.js';
import { NOTIFIES, RECORDED_MERCHANT } from '../support/recordings.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { notifyParams, signedForm } from '../support/test-merchant.js';

@Controller('pay')
class NotifyController {
  @PaymentNotify('notify') receive() {
    return undefined;
  }

  @TransferNotify('transfer-notify') receiveTransfer() {
    return undefined;
  }
}

/** As management pages show them. */
const MERCHANT = {
  mchNo: 'M1621873433953',
  appId: '60cc09bce4b0f1c0b83761c9',
  secrets: 'TESTKEY0123456789abcdefABCDEF',
};
const { mchNo, appId } = MERCHANT;
const ORDER = '20160427210604000490';
const params = (changes: Record<string, string> = {}) => notifyParams({ mchNo, appId, mchOrderNo: ORDER, ...changes });
const SOMEBODY = 'a secret of somebody else';
const FORM = 'application/x-www-form-urlencoded';

describe.each(PLATFORMS.flatMap((platform) => [true, false].map((rawBody) => ({ platform, rawBody }))))(
  'refusals on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp(
        {
          imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [MERCHANT] })],
          controllers: [NotifyController],
        },
        { platform, rawBody },
      );
    });
    afterAll(() => running.app.close());
    beforeEach(() => {
      logged.length = 0;
    });

    /** What the log says about a refused request; undefined where the platform has answered before the module. */
    async function refused(
      body: string | Buffer | FormData,
      { contentType, path = 'notify', status = 401 }: { contentType?: string; path?: string; status?: number } = {},
    ): Promise<string | undefined> {
      logged.length = 0;
      running.app.get(RefusalLog).end();
      const response = await fetch(`${running.url}/pay/${path}`, {
        method: 'POST',
        headers: contentType === undefined ? {} : { 'Content-Type': contentType },
        body,
      });
      const line = logged.find((text) => text.includes('A notify was refused'));
      if (line !== undefined) expect(response.status).toBe(status);
      else expect(response.status).toBe(415);
      expect(await response.text()).not.toContain(ORDER);
      return line;
    }

    it('D6 names what the message says of itself, as unverified', async () => {
      const line = await refused(signedForm(params(), SOMEBODY), { contentType: FORM });
      expect(line).toContain(
        `(unverified: mchNo "${mchNo}", appId "${appId}", mchOrderNo "${ORDER}"; Content-Type ${FORM})`,
      );
    });

    it('D6 an unknown merchant is named', async () => {
      const line = await refused(signedForm(params({ mchNo: 'M99' })), { contentType: FORM });
      expect(line).toMatch(
        /^A notify was refused \(unknown-merchant\): .*mchNo "M99", appId "60cc09…61c9", mchOrderNo "2016/,
      );
    });

    it('D6 says of what type the body was: multipart, text, none', async () => {
      const multipart = new FormData();
      for (const [name, value] of Object.entries(params())) multipart.set(name, value);
      const lines = [
        await refused(multipart),
        await refused(signedForm(params()), { contentType: 'text/plain' }),
        // A Buffer, since fetch gives a string a type of its own.
        await refused(Buffer.from(signedForm(params()))),
        await refused('', { contentType: FORM }),
      ];
      const given = lines.filter((line) => line !== undefined);
      expect(new Set(given).size).toBe(given.length);
      const [ofMultipart, ofText, ofNone, ofNothing] = lines;
      // Fastify answers 415 to types that it has no parser for, before any guard.
      if (platform === 'express') {
        expect(ofMultipart).toMatch(/multipart\/form-data, as sent by curl -F; use application\/x-www-form-urlencoded/);
        expect(ofMultipart).toContain('Content-Type multipart/form-data)');
        expect(ofNone).toMatch(/no Content-Type.*Content-Type missing\)/);
      } else {
        expect([ofMultipart, ofNone]).toEqual([undefined, undefined]);
      }
      expect(ofText).toMatch(/text\/plain; use application.*Content-Type text\/plain\)/);
      expect(ofNothing).toMatch(/neither a body nor a query string: enable the body parser, or use the built-in route/);
    });

    it('D6 JSON that is sent as a form is reported as JSON', async () => {
      const line = await refused(JSON.stringify(params()), { contentType: FORM });
      expect(line).toMatch(/JSON sent as a form; its Content-Type must be application\/json/);
    });

    it('C1 more than 64 parameters, 12 KiB or 64 characters of a name are answered 413', async () => {
      const many = Array.from({ length: 65 }, (_, index) => `p${index}=1`).join('&');
      for (const body of [many, `${'n'.repeat(65)}=1`, `a=${'x'.repeat(12 * 1024)}`]) {
        expect(await refused(body, { contentType: FORM, status: 413 })).toMatch(/^A notify was refused \(too-large\)/);
      }
      const json = Object.fromEntries(new URLSearchParams(many));
      expect(await refused(JSON.stringify(json), { contentType: 'application/json', status: 413 })).toContain(
        'too-large',
      );
    });

    it('C1 12 KiB in 64 parameters are read', async () => {
      const claim = signedForm(params(), SOMEBODY);
      const more = Array.from({ length: 48 }, (_, index) => `p${index}=${'x'.repeat(230)}`).join('&');
      const body = `${claim}&${more}`;
      expect(new URLSearchParams(body).size).toBe(64);
      expect(body.length).toBeGreaterThan(11_000);
      expect(await refused(body, { contentType: FORM })).toContain('(bad-signature)');
    });

    it('C1 a body whose length nobody has said is read only with the raw bytes', async () => {
      const chunks = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(signedForm(params())));
          controller.close();
        },
      });
      const response = await fetch(`${running.url}/pay/notify`, {
        method: 'POST',
        headers: { 'Content-Type': FORM },
        body: chunks,
        duplex: 'half',
      });
      expect(response.status).toBe(rawBody ? 200 : 413);
      if (!rawBody) expect(logged.join('\n')).toMatch(/chunked or compressed.*rawBody: true/);
    });
  },
);

describe('what a refusal says that it is about', () => {
  const claimedOf = async (body: string | object, contentType = FORM, merchant = MERCHANT) => {
    const refusal = await verifyNotify({ body, contentType }, merchant).catch((error: unknown) => error);
    return refusal as NotifyRefusal;
  };

  it('A17 is the order that it names, of a known merchant', async () => {
    expect((await claimedOf(signedForm(params(), SOMEBODY))).claimed).toEqual({
      kind: 'payment',
      mchNo,
      appId,
      mchOrderNo: ORDER,
    });
    const transfer = params({ transferId: 'T1', payOrderId: '' });
    expect((await claimedOf(signedForm(transfer, SOMEBODY))).claimed).toMatchObject({ kind: 'transfer' });
  });

  it.each([
    ['another merchant', params({ mchNo: 'M2' })],
    ['no order number', params({ mchOrderNo: '' })],
    ['a number with white space', params({ mchOrderNo: 'O 1' })],
    ['a number with &', params({ mchOrderNo: 'O&1' })],
    ['a long number', params({ mchOrderNo: 'O'.repeat(65) })],
  ])('A17 is nothing for %s', async (_what, changes) => {
    expect((await claimedOf(signedForm(changes, SOMEBODY))).claimed).toBeUndefined();
  });

  it('A17 is right for the recorded notifies that cannot verify', async () => {
    const { secret, ...app } = RECORDED_MERCHANT;
    const broken = NOTIFIES.filter((notify) => notify.broken !== undefined);
    const named = await Promise.all(
      broken.map(async ({ body }) => (await claimedOf(body, FORM, { ...app, secrets: secret })).claimed?.mchOrderNo),
    );
    expect(named).toEqual(broken.map(({ body }) => new URLSearchParams(body).get('mchOrderNo')));
  });

  it('C7 shows nothing that could be a signature, and nothing unprintable', async () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.stringMatching(/^[0-9a-fA-F]{0,60}$/),
      fc.tuple(fc.string({ maxLength: 20 }), fc.stringMatching(/^[0-9A-F]{32}$/)).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(anything, anything, anything, async (no, app, order) => {
        const claim = { mchNo: no, appId: app, mchOrderNo: order, payOrderId: 'P1', sign: 'x' };
        const { message } = await claimedOf(JSON.stringify(claim), 'application/json');
        expect(message.length).toBeLessThan(400);
        expect(message).toMatch(/^[\x20-\x7e…]*$/);
        const runs = message.match(/[0-9a-f]{16,}/gi) ?? [];
        expect(runs.filter((run) => /\D/.test(run) && run !== appId)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
