import { applyDecorators, Post, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { NotifyAck, NotifyAckInterceptor } from './notify-ack.interceptor.js';
import { DescribedNotify } from './notify-description.js';
import { NotifyKind, notifySignatureGuard } from './notify-signature.guard.js';

export interface NotifyRouteOptions {
  /** The name of the module's instance whose merchants' notifies come here. */
  instance?: string;
  /**
   * What the acknowledgement waits for, besides the method's success. `processed`, the default: `OutcomeProcessor.process`
   * was called for the notify, and succeeded. `manual`: nothing; for a method that hands notifies to something of its own
   * that keeps them, such as a queue.
   */
  ack?: 'processed' | 'manual';
}

/**
 * Makes a controller's method the route that receives payment notifies: a POST, guarded by `NotifySignatureGuard`, that
 * answers exactly `success` once the method has succeeded and what it processes of the notify has too. Where either throws,
 * or nothing was processed though there are handlers, the gateway repeats the notify.
 *
 * @param path the route's path, as in `@Post(path)`
 */
export function PaymentNotify(path?: string | string[], options?: NotifyRouteOptions): MethodDecorator {
  return notifyRoute('payment', path, options);
}

/** As `@PaymentNotify`, for the notifies of transfers. */
export function TransferNotify(path?: string | string[], options?: NotifyRouteOptions): MethodDecorator {
  return notifyRoute('transfer', path, options);
}

function notifyRoute(
  kind: 'payment' | 'transfer',
  path: string | string[] | undefined,
  { instance, ack = 'processed' }: NotifyRouteOptions = {},
): MethodDecorator {
  return applyDecorators(
    NotifyKind(kind),
    NotifyAck(ack),
    Post(path),
    UseGuards(notifySignatureGuard(instance)),
    UseInterceptors(NotifyAckInterceptor),
    AnsweredByInterceptor(),
    DescribedNotify(kind),
  );
}

/**
 * Tells Nest that the answer is sent by us, as `@Res()` on a parameter does: an interceptor that wraps every result,
 * or a global one that changes it, cannot reach the acknowledgement then.
 */
function AnsweredByInterceptor(): MethodDecorator {
  return (target, key, descriptor) => {
    const declared = (Reflect.getMetadata('design:paramtypes', target, key) as unknown[] | undefined)?.length ?? 0;
    const handler = descriptor.value as unknown as (...args: unknown[]) => unknown;
    Res()(target, key, Math.max(declared, handler.length));
  };
}
