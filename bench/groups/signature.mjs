import { createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { localeCompareSigning } from '../lib/locale-compare-signing.mjs';
import { interleaved, ratio, repeated } from '../lib/measure.mjs';
import { atLeast, atMost } from '../lib/targets.mjs';
import { canonicalize, MERCHANT, sign, SIGNED_ORDER, verify } from '../lib/module.mjs';

const requireHere = createRequire(import.meta.url);
const requireNest11 = createRequire(new URL('../nest11/package.json', import.meta.url));
const BARE = 'bare MD5 of the finished text';
const SIGN = 'nestjs-pass2pay sign';
const VERIFY = 'nestjs-pass2pay verify';
const LOOP = 'localeCompare loop, ignoring case';
const VERIFY_LOOP = 'localeCompare loop, ignoring case, with ===';
const SECRET = MERCHANT.secrets;
const signByLocaleCompare = localeCompareSigning();
const signIgnoringCase = localeCompareSigning(undefined, { sensitivity: 'base' });

/** Signs and verifies an order of 15 parameters, compared with a bare MD5 and the usual SDKs. */
export async function run(progress) {
  const { AlipaySdk } = await import('alipay-sdk');
  const WechatPay = requireHere('wechatpay-node-v3');
  const Tenpay = requireHere('tenpay');
  const Stripe = requireNest11('stripe');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs1 = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const alipay = new AlipaySdk({
    appId: '2021000000000000',
    privateKey: pkcs1,
    alipayPublicKey: publicPem(publicKey),
    keyType: 'PKCS1',
  });
  const wechat = new WechatPay({
    appid: 'wx0',
    mchid: '1',
    publicKey: publicPem(publicKey),
    privateKey: pkcs1,
    serial_no: 'S1',
  });
  WechatPay.certificates = { S1: publicPem(publicKey) };
  const tenpay = new Tenpay({ appid: 'wx0', mchid: '1', partnerKey: SECRET, notify_url: 'https://shop.example' });
  // tenpay does not export its signing.
  const signByTenpay = (params) => tenpay['_getSign'](params);
  const stripe = new Stripe('sk_test_0');

  const canonical = `${canonicalize(SIGNED_ORDER)}key=${SECRET}`;
  const bareMd5 = () => createHash('md5').update(canonical, 'utf8').digest('hex').toUpperCase();
  const signature = sign(SIGNED_ORDER, SECRET);
  if (signature !== bareMd5() || signature !== signByLocaleCompare(SIGNED_ORDER, SECRET))
    throw new Error('they differ');

  const text = Object.fromEntries(Object.entries(SIGNED_ORDER).map(([name, value]) => [name, String(value)]));
  const alipayNotify = notifyOfAlipay(privateKey, text);
  const body = JSON.stringify(SIGNED_ORDER);
  const wechatNotify = {
    timestamp: '1716888889',
    nonce: 'n0',
    body,
    serial: 'S1',
    signature: wechat.sign(`1716888889\nn0\n${body}\n`),
    apiSecret: SECRET,
  };
  const stripeHeader = stripe.webhooks.generateTestHeaderString({ payload: body, secret: 'whsec_0' });
  if (!alipay.checkNotifySignV2(alipayNotify)) throw new Error('alipay-sdk does not verify its own notify');
  if (!(await wechat.verifySign(wechatNotify))) throw new Error('wechatpay-node-v3 does not verify its own notify');
  const tenpaySign = signByTenpay({ ...text });

  const signers = {
    [SIGN]: repeated(() => sign(SIGNED_ORDER, SECRET)),
    'localeCompare loop': repeated(() => signByLocaleCompare(SIGNED_ORDER, SECRET)),
    [LOOP]: repeated(() => signIgnoringCase(SIGNED_ORDER, SECRET)),
    'tenpay (MD5)': repeated(() => signByTenpay(text)),
    'wechatpay-node-v3 (RSA)': repeated(() => wechat.getSignature('POST', 'n0', '1716888889', '/v3/pay', body)),
    'alipay-sdk (RSA)': repeated(() => alipay.sdkExecute('alipay.trade.app.pay', { bizContent: SIGNED_ORDER })),
  };
  const verifiers = {
    [VERIFY]: repeated(() => verify(SIGNED_ORDER, signature, SECRET)),
    'localeCompare loop, compared with ===': repeated(() => signByLocaleCompare(SIGNED_ORDER, SECRET) === signature),
    [VERIFY_LOOP]: repeated(() => signIgnoringCase(SIGNED_ORDER, SECRET) === signature),
    'tenpay (MD5), compared with ===': repeated(() => signByTenpay(text) === tenpaySign),
    'stripe-node constructEvent (HMAC)': repeated(() => stripe.webhooks.constructEvent(body, stripeHeader, 'whsec_0')),
    'wechatpay-node-v3 (RSA), verifying': concurrentlyOne(() => wechat.verifySign(wechatNotify)),
    'alipay-sdk (RSA), verifying': repeated(() => alipay.checkNotifySignV2(alipayNotify)),
  };
  const samples = await interleaved({ [BARE]: repeated(bareMd5), ...signers, ...verifiers }, { progress });
  const of = (cases) => Object.fromEntries([BARE, ...Object.keys(cases)].map((name) => [name, samples[name]]));
  return [
    {
      id: 'sign',
      title: 'Signing an order of 15 parameters',
      unit: 'signatures/s',
      samples: of(signers),
      targets: [
        atMost('the time of a bare MD5', 1.5, ratio(samples, BARE, SIGN)),
        atLeast('the localeCompare loop, ignoring case', 50, ratio(samples, SIGN, LOOP)),
      ],
    },
    {
      id: 'verify',
      title: 'Verifying a signature over 15 parameters',
      unit: 'verifications/s',
      samples: of(verifiers),
      targets: [
        atMost('the time of a bare MD5', 1.5, ratio(samples, BARE, VERIFY)),
        atLeast('the localeCompare loop, ignoring case', 50, ratio(samples, VERIFY, VERIFY_LOOP)),
      ],
    },
  ];
}

const publicPem = (key) => key.export({ type: 'spki', format: 'pem' });

/** A notify as Alipay signs it: the parameters without sign and sign_type, sorted and joined, RSA over SHA-256. */
function notifyOfAlipay(privateKey, text) {
  const signed = { ...text, signType: undefined };
  const pairs = Object.keys(text)
    .filter((name) => name !== 'signType')
    .toSorted();
  const content = pairs.map((name) => `${name}=${text[name]}`).join('&');
  delete signed.signType;
  return {
    ...signed,
    sign_type: 'RSA2',
    sign: createSign('RSA-SHA256').update(content, 'utf8').sign(privateKey, 'base64'),
  };
}

function concurrentlyOne(call) {
  return async (ms) => {
    const from = performance.now();
    let calls = 0;
    while (performance.now() - from < ms) {
      await call();
      calls += 1;
    }
    return (calls / (performance.now() - from)) * 1000;
  };
}
