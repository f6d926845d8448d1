import { createParamDecorator, InternalServerErrorException, type ExecutionContext } from '@nestjs/common';
import { verifiedNotification } from './notify-signature.guard.js';
import type { PaymentNotification } from './payment-notification.js';

/** The verified notification, as a parameter of a method decorated with `@PaymentNotify`. */
export const NotifyPayload = createParamDecorator((_data: unknown, context: ExecutionContext): PaymentNotification => {
  const notification = verifiedNotification(context.switchToHttp().getRequest<object>());
  if (notification === undefined) {
    throw new InternalServerErrorException(
      '@NotifyPayload() found no verified notify: decorate the method with @PaymentNotify(), or guard it with NotifySignatureGuard.',
    );
  }
  return notification;
});
