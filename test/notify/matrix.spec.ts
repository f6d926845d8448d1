import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { MERCHANT } from '../support/test-merchant.js';

/*
 * Every shape of a notify, over every transport, on every platform: accepted as it is, refused with any change.
 *
 * Cells that cannot exist:
 * - Numbers in a form or a query string: everything is text there.
 * - null in a form or a query string: the nearest thing is an empty value, which is there.
 * - A Content-Type that does not fit a query string: there is no body that it could be about.
 * - A name that is repeated with the same value in JSON without the raw body: JSON.parse keeps one of them and no trace of
 *   the other. What is left is what was signed, and is accepted; a repeated name with another value is refused.
 * - A number whose digits JavaScript does not keep, without the raw body: test/notify/json-numbers.spec.ts.
 */

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

const { mchNo, appId, secrets } = MERCHANT;

/** What every notify says. */
const BOUND = { payOrderId: 'P1795063328371040258', mchNo, appId, mchOrderNo: 'O1', amount: '10031', state: '2' };

interface Shape {
  /** What is signed, by its text; what a JSON body has instead of it, by name. */
  params: Readonly<Record<string, string>>;
  literals?: Readonly<Record<string, string>>;
  path?: string;
  /** Parameters of the merchant's own in the notifyUrl. */
  own?: string;
  lowerCaseSign?: boolean;
  jsonOnly?: boolean;
  expected: object;
}

const SHAPES: Readonly<Record<string, Shape>> = {
  'the vendor’s sample': {
    params: { ...BOUND, currency: 'CNY', ifCode: 'alipay', wayCode: 'ALI_QR', successTime: '2024-06-18 11:05:30' },
    expected: { currency: 'CNY', successTime: Date.parse('2024-06-18T11:05:30+08:00') },
  },
  'Pass2Pay’s printed one': {
    params: {
      ...BOUND,

      currency: 'cny',
      ifCode: 'alipay',
      wayCode: 'ALI_QR',
      clientIp: '192.166.1.132',
      subject: '商品',
      body: '0',
      channelOrderNo: '20210517',
      createdAt: '1622016572190',
      successTime: '1622016581000',
    },
    expected: { subject: '商品', createdAt: 1_622_016_572_190, successTime: 1_622_016_581_000, extra: {} },
  },
  'a merchant’s with fees': {
    params: { ...BOUND, currency: 'cny', mchFeeRate: '0.0060', mchFeeAmount: '60', channelUser: '2088' },
    expected: { mchFeeRate: '0.0060', mchFeeAmount: 60, channelUser: '2088', extra: {} },
  },
  'numbers as numbers': {
    params: { ...BOUND, currency: 'cny', createdAt: '1622016572190', mchFeeAmount: '60', storeId: '1001' },
    literals: { amount: '10031', state: '2', createdAt: '1622016572190', mchFeeAmount: '60', storeId: '1001' },
    jsonOnly: true,
    expected: { createdAt: 1_622_016_572_190, mchFeeAmount: 60, extra: { storeId: '1001' } },
  },
  'empty members': {
    params: { ...BOUND, currency: 'cny', extParam: '', errCode: '', storeId: '' },
    expected: { extra: {} },
  },
  'members that are null': {
    params: { ...BOUND, currency: 'cny', extParam: '', storeId: '' },
    literals: { extParam: 'null', storeId: 'null' },
    jsonOnly: true,
    expected: { extra: {} },
  },
  'fields that is undocumented': {
    params: { ...BOUND, currency: 'cny', storeId: '1001', qrcId: '7', sellerRemark: 'a b=c%d "é"' },
    expected: { extra: { storeId: '1001', qrcId: '7', sellerRemark: 'a b=c%d "é"' } },
  },
  'a sign in lower case': { params: { ...BOUND, currency: 'cny' }, lowerCaseSign: true, expected: { extra: {} } },
  'a query of the merchant’s own': {
    params: { ...BOUND, currency: 'cny' },
    own: 'shop=7&lang=zh',
    expected: { extra: {} },
  },
  'a query of the merchant’s own, and fields that is undocumented': {
    params: { ...BOUND, currency: 'cny', storeId: '1001', qrcId: '7' },
    own: 'shop=7&lang=zh',
    expected: { extra: { storeId: '1001', qrcId: '7' } },
  },
  'a transfer': {
    params: { ...BOUND, payOrderId: '', transferId: 'T1', currency: 'cny', channelResData: '{"a":[1]}' },
    path: 'transfer-notify',
    expected: { transferId: 'T1', extra: { channelResData: '{"a":[1]}' } },
  },
};

/** A message, part by part: each is a pair of a form, or a member of a JSON object. */
interface Message {
  path: string;
  /** Names and literals. */
  parts: [name: string, literal: string][];
  own: string;
}

interface Sent {
  query: string;
  body: string;
  contentType: string;
}

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';
const JSON_TYPE = 'application/json; charset=utf-8';

const pair = ([name, literal]: [string, string]) => {
  const text = literal === 'null' ? '' : literal.startsWith('"') ? (JSON.parse(literal) as string) : literal;
  // As the gateway encodes them: brackets of a nested name are raw.
  return `${name}=${encodeURIComponent(text)}`;
};
const pairs = ({ parts, own }: Message) => [...parts.map(pair), ...(own === '' ? [] : [own])].join('&');

/** How each transport carries a message. The platform mixes the notifyUrl's own query into a form, and not into JSON. */
const TRANSPORTS: Readonly<Record<string, (message: Message) => Sent>> = {
  form: (message) => ({ query: '', body: pairs(message), contentType: FORM }),
  query: (message) => ({ query: pairs(message), body: '', contentType: FORM }),
  JSON: ({ parts, own }) => ({
    query: own,
    body: `{${parts.map(([name, literal]) => `${JSON.stringify(name)}:${literal}`).join(',')}}`,
    contentType: JSON_TYPE,
  }),
};

function messageOf({ params, literals = {}, path = 'notify', own = '', lowerCaseSign }: Shape): Message {
  const signature = sign(params, secrets);
  const all = { ...params, sign: lowerCaseSign ? signature.toLowerCase() : signature };
  const parts = Object.entries(all).map(([name, value]): [string, string] => [
    name,
    literals[name] ?? JSON.stringify(value),
  ]);
  return { path, parts, own };
}

/** Puts another value in the place of a part's. */
function changed(message: Message, name: string, to: string): Message {
  return { ...message, parts: message.parts.map((part) => (part[0] === name ? [name, to] : part)) };
}

/** What is done to a genuine message, if its transport can express it. */
const CHANGES: Readonly<Record<string, (message: Message, transport: string) => Sent | undefined>> = {
  'a changed amount': (message, transport) => TRANSPORTS[transport]!(changed(message, 'amount', '"10032"')),
  'a changed state': (message, transport) => TRANSPORTS[transport]!(changed(message, 'state', '"3"')),
  'a changed digit of the sign': (message, transport) => {
    const signature = message.parts.find(([name]) => name === 'sign')![1];
    const other = signature.replace(/[0-9a-f]/i, (digit) => (digit === '0' ? '1' : '0'));
    return TRANSPORTS[transport]!(changed(message, 'sign', other));
  },
  'a field taken away': (message, transport) =>
    TRANSPORTS[transport]!({ ...message, parts: message.parts.filter(([name]) => name !== 'currency') }),
  'a gateway field added': (message, transport) =>
    TRANSPORTS[transport]!({ ...message, parts: [...message.parts, ['errMsg', '"x"']] }),
  'a repeated name': (message, transport) =>
    TRANSPORTS[transport]!({ ...message, parts: [...message.parts, ['amount', '"1"']] }),
  'a repeated sign': (message, transport) =>
    TRANSPORTS[transport]!({ ...message, parts: [...message.parts, ['sign', '"x"']] }),
  'a nested value': (message, transport) =>
    TRANSPORTS[transport]!({
      ...message,
      parts: [...message.parts, transport === 'JSON' ? ['x', '{"y":"1"}'] : ['x[y]', '"1"']],
    }),
  'an array': (message, transport) =>
    TRANSPORTS[transport]!({
      ...message,
      parts: [...message.parts, transport === 'JSON' ? ['x', '["1"]'] : ['x[]', '"1"']],
    }),
  'the other Content-Type': (message, transport) =>
    withType(message, transport, transport === 'JSON' ? FORM : JSON_TYPE),
  'Content-Type text/plain': (message, transport) => withType(message, transport, 'text/plain'),
  'Content-Type multipart/form-data': (message, transport) =>
    withType(message, transport, 'multipart/form-data; boundary=x'),
  'a Content-Type of another JSON': (message, transport) =>
    withType(message, transport, 'application/vnd.pass2pay+json'),
  'the same fields in body and query': (message, transport) => {
    if (transport === 'query') return undefined;
    const sent = TRANSPORTS[transport]!(message);
    return { ...sent, query: `${sent.query}&${pair(['amount', '"10031"'])}` };
  },
};

function withType(message: Message, transport: string, contentType: string): Sent | undefined {
  return transport === 'query' ? undefined : { ...TRANSPORTS[transport]!(message), contentType };
}

describe.each(PLATFORMS.flatMap((platform) => [true, false].map((rawBody) => ({ platform, rawBody }))))(
  'A1 on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let running: RunningApp;

    beforeAll(async () => {
      running = await startApp(
        {
          imports: [
            Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], retries: 0 }),
          ],
          controllers: [NotifyController],
        },
        { platform, rawBody },
      );
    });
    afterAll(() => running.app.close());
    beforeEach(() => {
      received.length = 0;
    });

    async function post(path: string, { query, body, contentType }: Sent) {
      const response = await fetch(`${running.url}/pay/${path}${query === '' ? '' : `?${query}`}`, {
        method: 'POST',
        headers: { 'Content-Type': contentType },
        body,
      });
      return { status: response.status, text: await response.text() };
    }

    const cells = Object.entries(SHAPES).flatMap(([name, shape]) =>
      Object.keys(TRANSPORTS)
        .filter((transport) => transport === 'JSON' || !shape.jsonOnly)
        .map((transport) => ({ name, transport, shape })),
    );

    it.each(cells)('$name as $transport is accepted', async ({ shape, transport }) => {
      const message = messageOf(shape);
      const response = await post(message.path, TRANSPORTS[transport]!(message));
      expect(response).toEqual({ status: 200, text: 'success' });
      expect(received).toMatchObject([{ mchOrderNo: 'O1', amount: 10_031, state: 2, ...shape.expected }]);
      expect(received[0]!.extra).toEqual((shape.expected as { extra?: object }).extra ?? {});
    });

    it.each(cells)('$name as $transport is refused with any change', async ({ shape, transport }) => {
      const message = messageOf(shape);
      for (const [change, apply] of Object.entries(CHANGES)) {
        const sent = apply(message, transport);
        if (sent === undefined) continue;
        const { status, text } = await post(message.path, sent);
        // A gateway that cannot be reached is 503; a body parser refuses some of them itself.
        expect([change, [400, 401, 415, 503].includes(status), text]).toEqual([change, true, expect.any(String)]);
        expect([change, received]).toEqual([change, []]);
      }
    });
  },
);
