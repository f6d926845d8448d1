import { createParamDecorator, InternalServerErrorException, type ExecutionContext } from '@nestjs/common';
import { Allow } from 'class-validator';
import { PaymentNotification } from '../payments/payment-notification.js';
import { PAYMENT_NOTIFY_FIELDS, TRANSFER_NOTIFY_FIELDS } from '../protocol/notify/notify-fields.js';
import { TransferNotification } from '../transfers/transfer-notification.js';
import { admittedNotify } from './notify-entrance.js';

// Otherwise a ValidationPipe with `whitelist` and `validateCustomDecorators` would remove all members.
for (const field of [...PAYMENT_NOTIFY_FIELDS, 'payUrl', 'gatewayState', 'extra']) {
  Allow()(PaymentNotification.prototype, field);
}
for (const field of [...TRANSFER_NOTIFY_FIELDS, 'extra']) Allow()(TransferNotification.prototype, field);

/**
 * Injects the verified notification as a parameter of a method decorated with `@PaymentNotify` (a
 * `PaymentNotification`) or `@TransferNotify` (a `TransferNotification`).
 */
export const NotifyPayload = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const notify = admittedNotify(context.switchToHttp().getRequest<object>());
  if (notify === undefined) {
    throw new InternalServerErrorException(
      '@NotifyPayload() found no verified notify. Decorate the method with @PaymentNotify() or @TransferNotify(), or guard it with NotifySignatureGuard.',
    );
  }
  return notify.notification;
});
