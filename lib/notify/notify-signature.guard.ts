import {
  Inject,
  Injectable,
  Logger,
  mixin,
  ServiceUnavailableException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { Pass2PayError } from '../pass2pay.errors.js';
import { getPass2PayToken } from '../pass2pay.tokens.js';
import { NotifyRefusal } from './notify-refusal.js';
import type { NotifyRequest } from './notify-request.js';
import { NotifyVerifier } from './notify-verifier.js';
import type { PaymentNotification } from './payment-notification.js';

/** The verified notification of each request that a guard let in. */
const verified = new WeakMap<object, PaymentNotification>();

/** The notification that the guard verified; undefined where no guard did. */
export function verifiedNotification(request: object): PaymentNotification | undefined {
  return verified.get(request);
}

/**
 * Lets a request in only if it is a notify with a valid signature: 401 for any other, 503 while a notify cannot be
 * confirmed. `@PaymentNotify` brings it along.
 */
@Injectable()
export class NotifySignatureGuard implements CanActivate {
  private readonly logger = new Logger('Pass2PayNotify');

  constructor(protected readonly verifier: NotifyVerifier) {}

  /** @throws UnauthorizedException or ServiceUnavailableException, neither with details: the sender is not known. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<NotifyRequest>();
    try {
      verified.set(request, await this.verifier.verifyPayment(request));
      return true;
    } catch (error) {
      if (error instanceof NotifyRefusal) {
        this.logger.warn(`A notify was refused (${error.reason}): ${error.message}`);
        throw new UnauthorizedException('This is no notify with a valid signature.', { cause: error });
      }
      if (error instanceof Pass2PayError) {
        this.logger.error(`A notify could not be confirmed, and is left for the gateway to repeat: ${error.message}`);
        throw new ServiceUnavailableException('The notify cannot be confirmed now; send it again.', { cause: error });
      }
      throw error;
    }
  }
}

/** The guard of a named instance of the module; without a name, `NotifySignatureGuard`. */
export function notifySignatureGuard(instance?: string): Type<CanActivate> {
  if (instance === undefined) return NotifySignatureGuard;
  @Injectable()
  class NamedNotifySignatureGuard extends NotifySignatureGuard {
    constructor(@Inject(getPass2PayToken(NotifyVerifier, instance)) verifier: NotifyVerifier) {
      super(verifier);
    }
  }
  return mixin(NamedNotifySignatureGuard);
}
