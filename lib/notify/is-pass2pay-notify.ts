import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NotifyKind } from './notify-signature.guard.js';

const reflector = new Reflector();

/**
 * Whether a request or message is for a route of `@PaymentNotify` or `@TransferNotify`. The gateway cannot log in, so a
 * global guard that requires a login must let these routes through; their signature guard decides.
 *
 * ```ts
 * canActivate(context: ExecutionContext) {
 *   return isPass2PayNotify(context) || this.isSignedIn(context);
 * }
 * ```
 */
export function isPass2PayNotify(context: Pick<ExecutionContext, 'getHandler'>): boolean {
  return reflector.get(NotifyKind, context.getHandler()) !== undefined;
}
