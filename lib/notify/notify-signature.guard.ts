import { Inject, Injectable, mixin, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getPass2PayToken } from '../pass2pay.tokens.js';
import { noteAdmitted, NotifyEntrance } from './notify-entrance.js';
import type { NotifyRequest } from './notify-request.js';

/** Which notifies a route receives; payment notifies by default. */
export const NotifyKind = Reflector.createDecorator<'payment' | 'transfer'>();

/**
 * Accepts a request only if it is a notify with a valid signature: 401 for any other, 413 if it is too large, 503 while
 * a notify cannot be confirmed. `@PaymentNotify` and `@TransferNotify` include it.
 */
@Injectable()
export class NotifySignatureGuard implements CanActivate {
  constructor(
    protected readonly entrance: NotifyEntrance,
    protected readonly reflector: Reflector,
  ) {}

  /** @throws as `NotifyEntrance.admit` does. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const kind = this.reflector.get(NotifyKind, context.getHandler()) ?? 'payment';
    const request = http.getRequest<NotifyRequest>();
    noteAdmitted(request, await this.entrance.admit(kind, request, http.getResponse()));
    return true;
  }
}

/** The guard of a named instance of the module; without a name, `NotifySignatureGuard`. */
export function notifySignatureGuard(instance?: string): Type<CanActivate> {
  if (instance === undefined) return NotifySignatureGuard;
  @Injectable()
  class NamedNotifySignatureGuard extends NotifySignatureGuard {
    constructor(@Inject(getPass2PayToken(NotifyEntrance, instance)) entrance: NotifyEntrance, reflector: Reflector) {
      super(entrance, reflector);
    }
  }
  return mixin(NamedNotifySignatureGuard);
}
