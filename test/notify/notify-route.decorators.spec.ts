import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Query, RequestMethod, type CanActivate, type Type } from '@nestjs/common';
import { NotifyAck, NotifyAckInterceptor } from '../../lib/notify/notify-ack.interceptor.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify, type NotifyRouteOptions } from '../../lib/notify/notify-route.decorators.js';
import { NotifyKind, NotifySignatureGuard } from '../../lib/notify/notify-signature.guard.js';

interface Receiver {
  prototype: { receive: unknown };
}

/** What Nest reads of a decorated method. */
function routeOf({ prototype }: Receiver) {
  const method = prototype.receive as object;
  const read = (key: string) => Reflect.getMetadata(key, method) as unknown;
  return {
    path: read('path'),
    method: read('method'),
    kind: read(NotifyKind.KEY),
    ack: read(NotifyAck.KEY),
    guards: read('__guards__') as Type<CanActivate>[],
    interceptors: read('__interceptors__'),
    operation: read('swagger/apiOperation'),
  };
}

function decorated(decorator: typeof PaymentNotify, path?: string | string[], options?: NotifyRouteOptions) {
  class Shop {
    @decorator(path, options) receive() {}
  }
  return routeOf(Shop);
}

/** The index of the parameter that has Nest leave the response to the module. */
function responseIndex(type: object, method = 'receive'): number[] {
  const args = Reflect.getMetadata('__routeArguments__', type, method) as Record<string, { index: number }>;
  const RESPONSE = 1;
  return Object.entries(args).flatMap(([key, { index }]) => (key.startsWith(`${RESPONSE}:`) ? [index] : []));
}

describe.each([
  ['payment', PaymentNotify],
  ['transfer', TransferNotify],
] as const)('a method for %s notifies', (kind, decorator) => {
  it('is a POST route that verifies notifies of the kind, and acknowledges those that were processed', () => {
    expect(decorated(decorator, 'notify')).toMatchObject({
      path: 'notify',
      method: RequestMethod.POST,
      kind,
      ack: 'processed',
      guards: [NotifySignatureGuard],
      interceptors: [NotifyAckInterceptor],
    });
  });

  it('may have no path of its own, or several', () => {
    expect(decorated(decorator).path).toBe('/');
    expect(decorated(decorator, ['a', 'b']).path).toStrictEqual(['a', 'b']);
  });

  it("may be acknowledged without processing: ack: 'manual'", () => {
    expect(decorated(decorator, 'notify', { ack: 'manual' })).toMatchObject({ kind, ack: 'manual' });
  });

  it('may belong to a named instance, whose guard it then has', () => {
    const { guards, ack } = decorated(decorator, 'notify', { instance: 'eu' });
    expect(guards).toHaveLength(1);
    expect(guards[0]).not.toBe(NotifySignatureGuard);
    expect(guards[0]!.prototype).toBeInstanceOf(NotifySignatureGuard);
    expect(ack).toBe('processed');
  });

  it('is described for OpenAPI', () => {
    expect(decorated(decorator).operation).toMatchObject({
      summary: expect.stringContaining(`${kind} notifies`) as unknown,
    });
  });
});

describe('Nest leaves the response to the module, by a parameter after those of the method', () => {
  it('that has none', () => {
    class Shop {
      @PaymentNotify('notify') receive() {}
    }
    expect(responseIndex(Shop)).toStrictEqual([0]);
  });

  it('that has some', () => {
    class Shop {
      @PaymentNotify('notify') receive(@NotifyPayload() _payment: object, @Query('shop') _shop: string) {}
    }
    expect(responseIndex(Shop)).toStrictEqual([2]);
  });

  it('that has some with defaults, which JavaScript does not count', () => {
    class Shop {
      @PaymentNotify('notify') receive(@NotifyPayload() _payment: object, @Query('shop') _shop = 'main') {}
    }
    expect(responseIndex(Shop)).toStrictEqual([2]);
  });

  it('whose types were not compiled', () => {
    class Shop {
      receive(_payment: object, _shop: string) {}
    }
    const descriptor = Object.getOwnPropertyDescriptor(Shop.prototype, 'receive')!;
    PaymentNotify('notify')(Shop.prototype, 'receive', descriptor);
    expect(responseIndex(Shop)).toStrictEqual([2]);
  });
});
