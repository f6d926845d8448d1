import {
  Inject,
  Injectable,
  Logger,
  mixin,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Pass2PayError } from '../errors/pass2pay.errors.js';
import { getPass2PayToken } from '../pass2pay.tokens.js';
import { ObservedNotify } from '../telemetry/notify-telemetry.js';
import { NotifyRefusal } from '../protocol/notify/notify-refusal.js';
import type { PaymentNotification } from '../payments/payment-notification.js';
import type { TransferNotification } from '../transfers/transfer-notification.js';
import { NotifyVerifier } from '../verification/notify-verifier.js';
import { messageIn, type NotifyRequest } from './notify-request.js';

/** The verified notification of each request that a guard let in. */
const verified = new WeakMap<object, PaymentNotification | TransferNotification>();

/** The notification that the guard verified; undefined where no guard did. */
export function verifiedNotification(request: object): PaymentNotification | TransferNotification | undefined {
  return verified.get(request);
}

/** Which notifies a route receives; payment notifies where it does not say. */
export const NotifyKind = Reflector.createDecorator<'payment' | 'transfer'>();

/**
 * Lets a request in only if it is a notify with a valid signature: 401 for any other, 413 for one larger than a notify
 * can be, 503 while a notify cannot be
 * confirmed. `@PaymentNotify` and `@TransferNotify` bring it along.
 */
@Injectable()
export class NotifySignatureGuard implements CanActivate {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(
    protected readonly verifier: NotifyVerifier,
    protected readonly reflector: Reflector,
  ) {}

  /** @throws UnauthorizedException, PayloadTooLargeException or ServiceUnavailableException, all without details: the sender is not known. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<NotifyRequest>();
    const kind = this.reflector.get(NotifyKind, context.getHandler()) ?? 'payment';
    const observed = new ObservedNotify(kind);
    try {
      const notification = await observed.run(() => this.verify(request, kind));
      verified.set(request, notification);
      observed.accepted(request, http.getResponse(), notification);
      return true;
    } catch (error) {
      if (error instanceof NotifyRefusal) {
        observed.refused(error.reason);
        this.logger.warn(`A notify was refused (${error.reason}): ${error.message}`);
        if (error.reason === 'too-large') {
          throw new PayloadTooLargeException('This is no notify: it is too large.', { cause: error });
        }
        throw new UnauthorizedException('This is no notify with a valid signature.', { cause: error });
      }
      observed.failed(error);
      if (error instanceof Pass2PayError) {
        this.logger.error(`A notify could not be confirmed, and is left for the gateway to repeat: ${error.message}`);
        throw new ServiceUnavailableException('The notify cannot be confirmed now; send it again.', { cause: error });
      }
      throw error;
    }
  }

  private verify(request: NotifyRequest, kind: 'payment' | 'transfer') {
    const message = messageIn(request);
    return kind === 'transfer' ? this.verifier.verifyTransfer(message) : this.verifier.verifyPayment(message);
  }
}

/** The guard of a named instance of the module; without a name, `NotifySignatureGuard`. */
export function notifySignatureGuard(instance?: string): Type<CanActivate> {
  if (instance === undefined) return NotifySignatureGuard;
  @Injectable()
  class NamedNotifySignatureGuard extends NotifySignatureGuard {
    constructor(@Inject(getPass2PayToken(NotifyVerifier, instance)) verifier: NotifyVerifier, reflector: Reflector) {
      super(verifier, reflector);
    }
  }
  return mixin(NamedNotifySignatureGuard);
}
