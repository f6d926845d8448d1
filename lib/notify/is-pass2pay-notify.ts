import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { NotifyKind } from './notify-signature.guard.js';

const reflector = new Reflector();

/**
 * Whether a request, or a message, is for a route made by `@PaymentNotify` or `@TransferNotify`. The gateway has no
 * account with you: a global guard that asks for one lets these routes through, and their signature guard decides.
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
