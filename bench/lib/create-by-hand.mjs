import { fromRoot, MERCHANT } from './module.mjs';
import { isSignedByHand, signByHand } from './sign-by-hand.mjs';

const { IsInt, IsOptional, IsString, IsUrl, MaxLength, Min, validate } = fromRoot('class-validator');
const { plainToInstance } = fromRoot('class-transformer');

/** The most that the gateway may take, in ms. */
const TIMEOUT_MS = 15_000;

class OrderDto {}
const RULES = {
  mchOrderNo: [IsString(), MaxLength(30)],
  amount: [IsInt(), Min(1)],
  registerTime: [IsInt()],
  custNo: [IsString(), MaxLength(64)],
  userName: [IsString()],
  notifyUrl: [IsUrl({ require_tld: false })],
  returnUrl: [IsOptional(), IsUrl({ require_tld: false })],
  expiredTime: [IsOptional(), IsInt(), Min(900)],
  currency: [IsString()],
};
for (const [name, rules] of Object.entries(RULES)) for (const rule of rules) rule(OrderDto.prototype, name);

/**
 * Creates cashier orders as an application does without the module: DTO rules, the signature, a timeout, and the
 * response's signature, around `axios.post`.
 */
export function createByHand(axios, baseUrl) {
  const url = `${baseUrl}/api/pay/cashierOrder`;
  return async (given) => {
    const order = plainToInstance(OrderDto, given);
    const errors = await validate(order);
    if (errors.length > 0) throw new Error(errors.join('; '));
    const { mchNo, appId, secrets: secret } = MERCHANT;
    const message = { ...order, mchNo, appId, reqTime: Date.now(), version: '1.1', signType: 'MD5' };
    message.sign = signByHand(message, secret);
    const { data: response } = await axios.post(url, message, { timeout: TIMEOUT_MS, maxRedirects: 0 });
    if (response.code !== 0) throw new Error(response.msg);
    if (!isSignedByHand(response.data, response.sign, secret)) throw new Error('Invalid signature');
    const { payOrderId, mchOrderNo, orderState, payData } = response.data;
    if (mchOrderNo !== order.mchOrderNo) throw new Error('Another order');
    return { payOrderId, mchOrderNo, state: orderState, cashierUrl: payData };
  };
}
