import 'reflect-metadata';
import { expect, it } from '@jest/globals';
import { Post } from '@nestjs/common';
import { isPass2PayNotify } from '../../lib/notify/is-pass2pay-notify.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';

class Shop {
  @PaymentNotify('payments') payments() {}
  @TransferNotify('transfers') transfers() {}
  @Post('orders') orders() {}
}

it.each([
  ['a payment notify', 'payments', true],
  ['a transfer notify', 'transfers', true],
  ['anything else', 'orders', false],
] as const)('a global guard learns whether a request is for a route of notifies: %s', (_what, method, isNotify) => {
  expect(isPass2PayNotify({ getHandler: () => Shop.prototype[method] })).toBe(isNotify);
});
