import { applyDecorators, Post, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import { NotifyAck, NotifyAckInterceptor } from './notify-ack.interceptor.js';
import { DescribedNotify } from './notify-description.js';
import { NotifyKind, notifySignatureGuard } from './notify-signature.guard.js';

export interface NotifyRouteOptions {
  /** The name of the module's instance that this route belongs to. */
  instance?: string;
  /**
   * What the acknowledgement waits for, besides the method's success. `processed`, the default:
   * `OutcomeProcessor.process` was called for the notify and succeeded. `manual`: nothing else; for a method that
   * stores notifies itself, for example in a queue.
   */
  ack?: 'processed' | 'manual';
}

/**
 * Makes a controller method the route for payment notifies: a POST, guarded by `NotifySignatureGuard`, that responds
 * with exactly `success` once the method and the processing of the notify have succeeded. If either fails, or nothing
 * was processed although there are handlers, the gateway redelivers the notify.
 *
 * @param path the route's path, as in `@Post(path)`
 */
export function PaymentNotify(path?: string | string[], options?: NotifyRouteOptions): MethodDecorator {
  return notifyRoute('payment', path, options);
}

/** Same as `@PaymentNotify`, for transfer notifies. */
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
 * Tells Nest that the module sends the response, as `@Res()` on a parameter does, so that an interceptor cannot change
 * the acknowledgement.
 */
function AnsweredByInterceptor(): MethodDecorator {
  return (target, key, descriptor) => {
    const declared = (Reflect.getMetadata('design:paramtypes', target, key) as unknown[] | undefined)?.length ?? 0;
    const handler = descriptor.value as unknown as (...args: unknown[]) => unknown;
    Res()(target, key, Math.max(declared, handler.length));
  };
}
