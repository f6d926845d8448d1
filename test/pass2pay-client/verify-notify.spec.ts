import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers from '@sinonjs/fake-timers';
import {
  NotifyRefusal,
  Pass2PayClient,
  Pass2PayConnectionError,
  Pass2PayValidationError,
  PaymentNotification,
  TransferNotification,
  verifyNotify,
  type NotifyMessage,
  type Pass2PayOptions,
} from '../../lib/pass2pay-client/index.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

interface RecordedNotify {
  case: string;
  contentType: string;
  url: string;
  body: string;
  verifiesAllParams: boolean;
  verifiesKnownFieldsOnly: boolean;
}

const recorded = (
  JSON.parse(readFileSync(new URL('../fixtures/notify-requests.json', import.meta.url), 'utf8')) as {
    fixtures: RecordedNotify[];
  }
).fixtures;

/** Recorded requests that verify only when a `+` is read another way: the transport spoilt it. */
const PLUS_SPOILT = /\/(plus\/gen1|space\/gen3)$/;

const FORM = 'application/x-www-form-urlencoded;charset=UTF-8';
const form = (params: Record<string, string>, secret?: string): NotifyMessage => ({
  body: signedForm(params, secret),
  contentType: FORM,
});

function transferParams(changes: Record<string, string> = {}): Record<string, string> {
  return {
    transferId: 'T1795063328371040258',
    mchNo: MERCHANT.mchNo,
    appId: MERCHANT.appId,
    mchOrderNo: 'T1',
    amount: '100',
    currency: 'cny',
    ifCode: 'bank',
    entryType: 'BANK_CARD',
    state: '2',
    accountNo: '6222020200112233445',
    createdAt: '1716888800000',
    reqTime: '1716888889000',
    ...changes,
  };
}

/** The same message as frameworks hand it on. */
const SHAPES: Readonly<Record<string, (message: { body: string; query: string }) => NotifyMessage>> = {
  text: (message) => message,
  bytes: ({ body, query }) => ({ body: new TextEncoder().encode(body), query: query && `?${query}` }),
  'a Buffer': ({ body, query }) => ({ body: Buffer.from(body), query }),
  'parsed objects': ({ body, query }) => ({ body: parsed(body), query: parsed(query) }),
};
const parsed = (text: string) => Object.fromEntries(new URLSearchParams(text));

describe.each(Object.entries(SHAPES))('a notify as %s', (_shape, shaped) => {
  it.each(recorded.map((fixture) => [fixture.case, fixture] as const))('recorded: %s', async (name, fixture) => {
    const query = /\?(.*)/s.exec(fixture.url)?.[1] ?? '';
    const message = { ...shaped({ body: fixture.body, query }), contentType: fixture.contentType };
    const result = verifyNotify(message, { ...MERCHANT });
    if (fixture.verifiesAllParams || fixture.verifiesKnownFieldsOnly || PLUS_SPOILT.test(name)) {
      expect(await result).toEqual({ kind: 'payment', payment: expect.any(PaymentNotification) });
      expect(await result).toMatchObject({ payment: { mchOrderNo: 'O1', amount: 5, state: 2 } });
    } else {
      await expect(result).rejects.toThrow(NotifyRefusal);
    }
  });

  it('is of a transfer where it carries a transferId', async () => {
    const message = { ...shaped({ body: signedForm(transferParams()), query: '' }), contentType: FORM };
    const result = await verifyNotify(message, { ...MERCHANT });
    expect(result).toEqual({ kind: 'transfer', transfer: expect.any(TransferNotification) });
    expect(result).toMatchObject({ transfer: { transferId: 'T1795063328371040258', amount: 100, state: 2 } });
  });
});

describe('what a notify says of its kind', () => {
  it.each([
    ['a payment', notifyParams(), 'payment'],
    ['a transfer', transferParams(), 'transfer'],
  ])('counts for %s that a proxy added a parameter to', async (_what, params, kind) => {
    const message = { body: `${signedForm(params)}&tenant=7`, contentType: FORM };
    expect(await verifyNotify(message, { ...MERCHANT })).toMatchObject({ kind });
  });

  it('does not change by an unsigned transferId', async () => {
    const message = { body: `${signedForm(notifyParams())}&transferId=T9`, contentType: FORM };
    expect(await verifyNotify(message, { ...MERCHANT })).toMatchObject({ kind: 'payment' });
  });

  const { payOrderId: _, ...withoutId } = notifyParams();
  it.each([
    ['a payment with an unsigned payOrderId', `${signedForm(withoutId)}&payOrderId=P1`, 'bad-signature'],
    ['a transfer with an unsigned payOrderId', `${signedForm(transferParams())}&payOrderId=P1`, 'bad-signature'],
    ['neither number', signedForm(withoutId), 'incomplete'],
  ])('is not believed of %s', async (_what, body, reason) => {
    await expect(verifyNotify({ body, contentType: FORM }, { ...MERCHANT })).rejects.toMatchObject({ reason });
  });
});

describe('refusals', () => {
  it.each<[string, NotifyMessage, string]>([
    ['nothing', {}, 'no-parameters'],
    ['JSON without a sign', { body: JSON.stringify(notifyParams()), contentType: 'application/json' }, 'incomplete'],
    ['no JSON', { body: signedForm(notifyParams()), contentType: 'application/json' }, 'malformed'],
    ['a form of no type', { body: signedForm(notifyParams()), contentType: null }, 'no-parameters'],
    ['parameters in both places', { ...form(notifyParams()), query: 'state=2' }, 'mixed'],
    ['parameters in both places, parsed', { ...form(notifyParams()), query: { state: '2' } }, 'mixed'],
    ['a nested value', { body: { ...notifyParams(), x: ['1', '2'] }, contentType: FORM }, 'malformed'],
    ['no sign', { body: new URLSearchParams(notifyParams()).toString(), contentType: FORM }, 'incomplete'],
    ['another merchant', form(notifyParams({ mchNo: 'M2' })), 'unknown-merchant'],
    ['another secret', form(notifyParams(), 'a secret of somebody else'), 'bad-signature'],
    ['a changed amount', { body: signedForm(notifyParams()).replace('=5', '=1'), contentType: FORM }, 'bad-signature'],
    ['an impossible state', form(notifyParams({ state: 'PAID' })), 'incomplete'],
  ])('%s', async (_what, message, reason) => {
    const refusal = await verifyNotify(message, [{ ...MERCHANT }]).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(NotifyRefusal);
    expect(refusal).toMatchObject({ reason, message: expect.stringMatching(/./) });
  });

  it.each([
    ['a payment', notifyParams({ errMsg: 'a&b' })],
    ['a transfer', transferParams({ errMsg: 'a&b' })],
  ])('%s whose signature is ambiguous, with what to do instead', async (_what, params) => {
    await expect(verifyNotify(form(params), { ...MERCHANT })).rejects.toMatchObject({
      reason: 'ambiguous',
      message: expect.stringContaining('use Pass2PayClient.verifyNotify'),
    });
  });
});

it('a flood of forged notifies is not diagnosed one by one', async () => {
  const clock = FakeTimers.install({ toFake: ['Date'], now: Date.now() + 60_000 });
  try {
    const why = async () => {
      const forged = verifyNotify(form(notifyParams(), 'a secret of somebody else'), { ...MERCHANT });
      return forged.catch((error: unknown) => (error as NotifyRefusal).message);
    };
    const undiagnosed = 'the signature does not verify with a secret of app A1, merchant M1';
    expect(await why()).not.toContain(undiagnosed);
    const more = [await why(), await why()];
    expect(more).toEqual(more.map(() => expect.stringContaining(undiagnosed)));
  } finally {
    clock.uninstall();
  }
});

describe('merchants', () => {
  const rotated = { ...MERCHANT, secrets: ['the secret that comes next', MERCHANT.secrets] };
  const other = { mchNo: 'M2', appId: 'A2', secrets: 'the secret of the other app' };

  it('verify with each of their live secrets, and only with their own', async () => {
    expect(await verifyNotify(form(notifyParams()), [other, rotated])).toMatchObject({ kind: 'payment' });
    const forged = form(notifyParams(), other.secrets);
    await expect(verifyNotify(forged, [other, rotated])).rejects.toMatchObject({ reason: 'bad-signature' });
  });

  it.each<[string, unknown, string]>([
    ['none', [], 'merchants'],
    ['undefined', undefined, 'merchants'],
    ['a short secret', { ...MERCHANT, secrets: 'short' }, 'merchants[0].secrets'],
    ['an unknown member', [{ ...MERCHANT, secret: 'x' }], 'merchants[0].secret'],
  ])('are checked: %s', async (_what, merchants, field) => {
    const error = await verifyNotify(form(notifyParams()), merchants as []).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Pass2PayValidationError);
    expect((error as Pass2PayValidationError).issues.map((issue) => issue.field)).toContain(field);
  });
});

describe('a client', () => {
  let gateway: FakeServer;
  let client: Pass2PayClient;
  let known: Record<string, string | number>;
  let status: number;

  beforeEach(async () => {
    known = { ...notifyParams(), amount: 5, state: 2 };
    status = 200;
    gateway = await startServer((_request, response) => {
      const envelope = { code: 0, msg: 'SUCCESS', data: known, sign: sign(known, MERCHANT.secrets) };
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(envelope));
    });
    client = clientWith({});
  });
  afterEach(async () => {
    await client.close();
    await gateway.close();
  });

  function clientWith(options: Partial<Pass2PayOptions>): Pass2PayClient {
    return new Pass2PayClient({ baseUrl: gateway.url, merchants: [{ ...MERCHANT }], retries: 0, ...options });
  }

  it('asks nobody about an ordinary notify', async () => {
    expect(await client.verifyNotify(form(notifyParams()))).toMatchObject({ kind: 'payment', payment: { amount: 5 } });
    expect(await client.verifyNotify(form(transferParams()))).toMatchObject({ kind: 'transfer' });
    expect(gateway.requests).toEqual([]);
  });

  it('gives out what a query says of one whose signature is ambiguous', async () => {
    const { payment } = (await client.verifyNotify(form(notifyParams({ errMsg: 'a&b' })))) as {
      payment: PaymentNotification;
    };
    expect(payment).toMatchObject({ mchOrderNo: 'O1', amount: 5, state: 2, reqTime: 1716888889000 });
    expect(payment.errMsg).toBeUndefined();
    expect(gateway.requests.map(({ path }) => path)).toEqual(['/api/pay/query']);
  });

  it('does so for transfers', async () => {
    known = { ...transferParams(), amount: 100, state: 2 };
    const result = await client.verifyNotify(form(transferParams({ errMsg: 'a&b' })));
    expect(result).toMatchObject({ kind: 'transfer', transfer: { mchOrderNo: 'T1', state: 2 } });
    expect(gateway.requests.map(({ path }) => path)).toEqual(['/api/transfer/query']);
  });

  it('refuses what the query does not confirm', async () => {
    known.amount = 6;
    const refusal = client.verifyNotify(form(notifyParams({ errMsg: 'a&b' })));
    await expect(refusal).rejects.toBeInstanceOf(NotifyRefusal);
    await expect(refusal).rejects.toMatchObject({ reason: 'not-confirmed' });
  });

  it('throws the error of the query, so that the gateway is left to send it again', async () => {
    status = 500;
    const failing = client.verifyNotify(form(notifyParams({ errMsg: 'a&b' })));
    await expect(failing).rejects.toBeInstanceOf(Pass2PayConnectionError);
  });

  it('confirms each one where the options say so, and tells which secret signed it', async () => {
    await client.close();
    client = clientWith({ confirmNotify: 'always' });
    const matches: string[] = [];
    client.rotation.matches$.subscribe(({ message, index }) => matches.push(`${message} ${index}`));
    await client.verifyNotify(form(notifyParams()));
    expect(gateway.requests).toHaveLength(1);
    expect(matches).toEqual(['notify 0', 'response 0']);
  });
});
