import { createParamDecorator, InternalServerErrorException, type ExecutionContext } from '@nestjs/common';
import { verifiedNotification } from './notify-signature.guard.js';

/**
 * The verified notification, as a parameter of a method decorated with `@PaymentNotify` (a `PaymentNotification`) or
 * `@TransferNotify` (a `TransferNotification`).
 */
export const NotifyPayload = createParamDecorator((_data: unknown, context: ExecutionContext) => {
  const notification = verifiedNotification(context.switchToHttp().getRequest<object>());
  if (notification === undefined) {
    throw new InternalServerErrorException(
      '@NotifyPayload() found no verified notify: decorate the method with @PaymentNotify() or @TransferNotify(), or guard it with NotifySignatureGuard.',
    );
  }
  return notification;
});
