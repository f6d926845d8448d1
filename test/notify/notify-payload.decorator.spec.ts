import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { InternalServerErrorException, ValidationPipe, type ExecutionContext } from '@nestjs/common';
import { noteAdmitted, type NotifyEntrance } from '../../lib/notify/notify-entrance.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';

class Shop {
  receive(@NotifyPayload() payment: PaymentNotification) {
    return payment;
  }
}

/** What Nest passes to the parameter. */
function payloadOf(request: object): unknown {
  const args = Reflect.getMetadata('__routeArguments__', Shop, 'receive') as Record<
    string,
    { factory: (data: unknown, context: ExecutionContext) => unknown }
  >;
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
  return Object.values(args)[0]!.factory(undefined, context);
}

describe('@NotifyPayload()', () => {
  it('injects the verified notification', () => {
    const request = {};
    const notification = new PaymentNotification();
    noteAdmitted(request, { kind: 'payment', notification, entrance: {} as NotifyEntrance });
    expect(payloadOf(request)).toBe(notification);
  });

  it('fails where no guard has verified the notify, and names the remedy', () => {
    expect(() => payloadOf({})).toThrow(
      new InternalServerErrorException(
        '@NotifyPayload() found no verified notify. Decorate the method with @PaymentNotify() or @TransferNotify(), or guard it with NotifySignatureGuard.',
      ),
    );
  });
});

it.each([
  [
    'payment',
    PaymentNotification,
    { mchOrderNo: 'O1', amount: 5, payUrl: 'https://pay.example', gatewayState: 6, extra: { storeId: '1' } },
  ],
  ['transfer', TransferNotification, { mchOrderNo: 'O1', amount: 5, transferId: 'T1', extra: { storeId: '1' } }],
] as const)(
  'a ValidationPipe with a whitelist keeps the members of a %s notification',
  async (_kind, type, members) => {
    const pipe = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, validateCustomDecorators: true });
    const kept: unknown = await pipe.transform(Object.assign(new type(), members), { type: 'custom', metatype: type });
    expect(kept).toMatchObject(members);
  },
);
