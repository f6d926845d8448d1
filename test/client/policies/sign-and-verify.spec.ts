import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Call, Message, ReceivedText } from '../../../lib/client/call.js';
import { signAndVerify } from '../../../lib/client/policies/sign-and-verify.js';
import { Pass2PayApiError, Pass2PaySignatureError } from '../../../lib/errors/pass2pay.errors.js';
import { SecretRotation, type SecretMatch } from '../../../lib/merchants/secret-rotation.js';
import { sign } from '../../../lib/protocol/signature/sign.js';
import { MERCHANT } from '../../support/test-merchant.js';
import { callOf } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';
import { signedText } from '../support/pipeline-parts.js';

const NOW = 1_716_888_889_000;
const OLD_SECRET = 'the secret before 0123456789';
const ROTATING = { ...MERCHANT, secrets: [MERCHANT.secrets, OLD_SECRET] };

let clock: Clock;
let sent: [Call, Message][];
let matches: SecretMatch[];
let warnings: string[];
let rotation: SecretRotation;
beforeEach(() => {
  clock = FakeTimers.install({ now: NOW, toFake: ['Date'] });
  sent = [];
  matches = [];
  warnings = [];
  rotation = new SecretRotation((message) => warnings.push(message));
  rotation.matches$.subscribe((match) => matches.push(match));
});
afterEach(() => clock.uninstall());

/** A call to which the gateway responds with this text. */
const call = async (text: string, changes: Partial<Call> = {}) =>
  signAndVerify(async (...given): Promise<ReceivedText> => {
    sent.push(given);
    return { status: 200, text };
  }, rotation)(callOf(changes));

describe('a signed call', () => {
  it('has the parameters that every request needs, and a signature over all of them', async () => {
    await call(signedText(), { params: { mchOrderNo: 'O1', amount: 5 } });
    const [[, message]] = sent as [[Call, Message]];
    const { sign: signature, ...signed } = message;
    expect(signed).toEqual({
      mchNo: 'M1',
      appId: 'A1',
      reqTime: NOW,
      version: '1.1',
      signType: 'MD5',
      mchOrderNo: 'O1',
      amount: 5,
    });
    expect(signature).toBe(sign(signed, MERCHANT.secrets));
  });

  it('is signed with the first secret, for its own call', async () => {
    const given = callOf({ merchant: ROTATING });
    await call(signedText(), given);
    const [[handed, { sign: signature, ...signed }]] = sent as [[Call, Message]];
    expect(handed).toEqual(given);
    expect(signature).toBe(sign(signed, MERCHANT.secrets));
  });

  it('returns the verified data with the request’s time and app, and without any secret', async () => {
    expect(await call(signedText({ state: '2' }))).toStrictEqual({
      data: { state: '2' },
      traceId: 't1',
      reqTime: NOW,
      merchant: { mchNo: 'M1', appId: 'A1' },
    });
    expect(matches).toEqual([
      { merchant: { mchNo: 'M1', appId: 'A1' }, index: 0, isCurrent: true, message: 'response' },
    ]);
    expect(warnings).toHaveLength(0);
  });

  it('reports a response that is signed with an old secret', async () => {
    expect(await call(signedText({ state: '2' }, OLD_SECRET), { merchant: ROTATING })).toMatchObject({
      data: { state: '2' },
    });
    expect(matches).toMatchObject([{ index: 1, isCurrent: false, message: 'response' }]);
    expect(warnings).toEqual([
      'A message (response) of app A1, merchant M1, was signed with an old secret (number 2 of 2). Do not remove it yet.',
    ]);
  });

  it('throws instead of returning data with an invalid signature', async () => {
    const error = await rejectionOf(call(signedText({ state: '2' }, OLD_SECRET)));
    expect(error).toBeInstanceOf(Pass2PaySignatureError);
    expect(error).toMatchObject({ mchOrderNo: 'O1', traceId: 't1' });
    expect(matches).toHaveLength(0);
  });

  it('throws the gateway’s refusal, without repeating the payer’s data', async () => {
    const text = JSON.stringify({ code: 9999, msg: '不支持的支付方式 Mallory Example' });
    const error = await rejectionOf(call(text, { params: { mchOrderNo: 'O1', userName: 'Mallory Example' } }));
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(error).toMatchObject({ gatewayCode: 9999, mchOrderNo: 'O1' });
    expect(error.message).toContain('不支持的支付方式 ***');
  });
});
