import { afterEach, describe, expect, it } from '@jest/globals';
import type { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { Pass2PayValidationError } from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/pass2pay-client.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer } from '../support/fake-server.js';
import { DOCUMENT_SAMPLES, PRINTED_RESPONSE_DATA, PRINTED_REQUEST, TABLE_RESPONSE_DATA } from './document-samples.js';

const { mchNo, appId, secret } = DEFAULT_MERCHANT;
const open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const closing of open.splice(0).toReversed()) await closing.close();
});

async function services(baseUrl: string, options: Partial<Pass2PayOptions> = {}) {
  const client = new Pass2PayClient({
    baseUrl,
    merchants: [{ mchNo, appId, secrets: secret }],
    retries: 0,
    ...options,
  });
  open.push(client);
  return client;
}

async function sandbox() {
  const started = await Pass2PaySandbox.start();
  open.push({ close: () => started.stop() });
  return started;
}

const issues = async (call: Promise<unknown>): Promise<Record<string, string>> => {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof Pass2PayValidationError)) throw new Error('no validation error', { cause: error });
  return Object.fromEntries(error.issues.map((issue) => [issue.field, issue.message]));
};

/** What a merchant copies out of a sample: what the module fills in is left out, the blanks are filled in. */
function mended(request: Readonly<Record<string, unknown>>, mchOrderNo: string): CreateCashierOrderDto {
  const filledIn = new Set(['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']);
  const given = Object.fromEntries(Object.entries(request).filter(([name]) => !filledIn.has(name)));
  const blanks = { mchOrderNo, notifyUrl: 'https://shop.example/notify', registerTime: 1622016572190, custNo: 'C1' };
  return { ...given, ...blanks } as unknown as CreateCashierOrderDto;
}

describe.each(DOCUMENT_SAMPLES)('the $language sample', ({ language, request }) => {
  it('as printed is told what to leave out, and what it lacks', async () => {
    const { cashier } = await services((await sandbox()).url);
    const told = await issues(cashier.createOrder(request as never));
    for (const field of ['mchNo', 'appId', 'reqTime', 'version', 'signType', 'sign']) {
      expect(told[field]).toBe(`${field} is set by the module; leave it out`);
    }
    expect(told.registerTime).toMatch(/^registerTime is required/);
    expect(told.custNo).toMatch(/^custNo is required/);
    expect(told.mchOrderNo).toMatch(/white space/);
    // `https://www...` is a URL to some parsers, and not a name that anybody could reach.
    expect(told.amount).toBeUndefined();
    expect(told.currency).toBeUndefined();
    expect(told.channelExtra).toBeUndefined();
    expect(told.userName).toBeUndefined();
  });

  it.each(['json', 'form'] as const)('mended is accepted as %s, with the same result', async (requestFormat) => {
    const gateway = await sandbox();
    const { cashier } = await services(gateway.url, { requestFormat, allowReservedFields: true });
    const made = await cashier.createOrder(mended(request, `${language}-1`));
    expect(made).toMatchObject({ mchOrderNo: `${language}-1`, state: 0, payDataType: 'payUrl' });
    // An object, as the PHP sample has it, was sent as the text of one.
    const sent = gateway.order(`${language}-1`)!.request as Record<string, unknown>;
    expect(sent.channelExtra).toBe(request.channelExtra === undefined ? undefined : '{"payDataType":"codeImgUrl"}');
    expect(sent).toMatchObject({ amount: 10000, currency: 'cny' });
  });

  it('mended is accepted by unifiedOrder, to which the samples post', async () => {
    const { payments } = await services((await sandbox()).url);
    const order = { wayCode: 'ALI_QR', clientIp: '210.73.10.148', ...mended(request, `${language}-2`) };
    const made = await payments.createOrder(order);
    expect(made).toMatchObject({ mchOrderNo: `${language}-2`, state: 1 });
    expect(made.payDataType).toBe(request.channelExtra === undefined ? 'codeUrl' : 'codeImgUrl');
  });
});

describe('the request that the page prints', () => {
  it('is accepted but for what the module fills in and for what newer versions require', async () => {
    const gateway = await sandbox();
    const { cashier } = await services(gateway.url);
    const made = await cashier.createOrder(mended(PRINTED_REQUEST, 'mho1624005107281'));
    expect(made.mchOrderNo).toBe('mho1624005107281');
    expect(gateway.order('mho1624005107281')!.request).toMatchObject({ channelExtra: PRINTED_REQUEST.channelExtra });
  });

  it('has a time in seconds, which is refused wherever a time can be given', async () => {
    const { cashier } = await services('http://127.0.0.1:9');
    const told = await issues(
      cashier.createOrder({ ...mended(PRINTED_REQUEST, 'O1'), registerTime: PRINTED_REQUEST.reqTime }),
    );
    expect(told).toEqual({
      registerTime: expect.stringMatching(/1624005107, which is in seconds.*send milliseconds.*1624005107000/),
    });
  });
});

describe('the answers that the page prints', () => {
  const answering = async (data: Record<string, unknown>, signature = (text: string) => text) => {
    const text = JSON.stringify({
      code: 0,
      data,
      msg: 'SUCCESS',
      sign: signature(sign(data as never, secret)),
      traceId: 'f16bb12607ff4987b8dbe8bedc4fb99f',
    });
    const server = await startServer((_request, response) => response.end(text));
    open.push(server);
    return services(server.url);
  };
  const asked = (mchOrderNo: string) => ({ mchOrderNo, amount: 100, registerTime: 1622016572190, custNo: 'C1' });

  it('the sample is read whole', async () => {
    const { cashier } = await answering(PRINTED_RESPONSE_DATA);
    expect(await cashier.createOrder(asked('D202405220002'))).toMatchObject({
      mchOrderNo: 'D202405220002',
      payOrderId: 'P1793544595691261954',
      state: 0,
      payDataType: 'payUrl',
      cashierUrl: PRINTED_RESPONSE_DATA.payData,
      traceId: 'f16bb12607ff4987b8dbe8bedc4fb99f',
    });
  });

  it('the table’s examples are read whole', async () => {
    const { cashier } = await answering(TABLE_RESPONSE_DATA);
    expect(await cashier.createOrder(asked('20160427210604000490'))).toMatchObject({
      payOrderId: 'U12021022311124442600',
      state: 2,
      payDataType: 'payUrl',
      cashierUrl: TABLE_RESPONSE_DATA.payData,
      errCode: 'ACQ.PAYMENT_AUTH_CODE_INVALID',
      errMsg: 'Business Failed',
    });
  });

  it('a signature in lower case, as the Go sample makes it, counts', async () => {
    const { cashier } = await answering(PRINTED_RESPONSE_DATA, (text) => text.toLowerCase());
    expect((await cashier.createOrder(asked('D202405220002'))).state).toBe(0);
  });
});

describe('what the samples get wrong elsewhere', () => {
  it('auth_code and authCode go into channelExtra alike: what is in it is the channel’s', async () => {
    const gateway = await sandbox();
    const { cashier } = await services(gateway.url);
    for (const name of ['auth_code', 'authCode']) {
      const channelExtra = { [name]: '280812820366966512', payDataType: 'codeUrl' };
      await cashier.createOrder({ ...mended({ amount: 8 }, `extra-${name}`), channelExtra });
      const sent = gateway.order(`extra-${name}`)!.request as Record<string, unknown>;
      expect(sent.channelExtra).toBe(JSON.stringify(channelExtra));
    }
  });
});
