import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Post } from '@nestjs/common';
import { MetadataScanner, Reflector, type DiscoveryService, type HttpAdapterHost } from '@nestjs/core';
import type { FastifyRouter } from '../../lib/notify/fastify-route.js';
import type { NotifyPaths } from '../../lib/notify/notify-paths.js';
import { NotifyRouteCheck } from '../../lib/notify/notify-route-check.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { explored } from '../outcomes/support/explored.js';
import { lines, recordLines } from '../support/log-lines.js';

class PaymentShop {
  @OnPayment() ship() {}
}
class TransferShop {
  @OnTransfer() note() {}
}
const SHOPS = { payment: new PaymentShop(), transfer: new TransferShop() };
const ALL = Object.values(SHOPS);

@Controller('pay')
class Payments {
  @PaymentNotify('notify') receive() {}
  @Post('refund') refund() {}
}

@Controller('pay')
class Transfers {
  @TransferNotify('transfers') receive() {}
}

@Controller('pay')
class Manual {
  @PaymentNotify('notify', { ack: 'manual' }) receive() {}
}

interface Settings {
  controllers?: unknown[];
  handlers?: object[];
  host?: HttpAdapterHost;
  paths?: NotifyPaths;
  urls?: { notifyUrl?: string; transferNotifyUrl?: string };
}

const hostOf = (type: string, initialConfig?: FastifyRouter['initialConfig']) =>
  ({ httpAdapter: { getType: () => type, getInstance: () => ({ initialConfig }) } }) as unknown as HttpAdapterHost;
const EXPRESS = hostOf('express');
const FASTIFY = hostOf('fastify', {});
const WITHOUT_SERVER = {} as HttpAdapterHost;

/** What an application logs at its start. */
function startOf({ controllers = [], handlers = ALL, host = EXPRESS, paths = {}, urls = {} }: Settings): string[] {
  const discovery = { getControllers: () => controllers.map((metatype) => ({ metatype })) };
  new NotifyRouteCheck(
    discovery as unknown as DiscoveryService,
    new MetadataScanner(),
    new Reflector(),
    explored(...handlers),
    host,
    paths,
    urls,
  ).onApplicationBootstrap();
  return lines;
}

const warning = (text: string) => `warn Pass2PayNotify: ${text}`;

beforeEach(recordLines);

describe('a controller that receives notifies', () => {
  it.each([
    ['payment', Payments, 'Payments.receive', '@OnPayment()', SHOPS.transfer],
    ['transfer', Transfers, 'Transfers.receive', '@OnTransfer()', SHOPS.payment],
  ])('of a %s without a handler of the kind is warned about', (kind, controller, name, decorator, other) => {
    expect(startOf({ controllers: [controller], handlers: [other] })).toStrictEqual([
      warning(
        `${name} receives ${kind} notifies, but no provider has a method decorated with ${decorator}. Unless the method handles them itself, they are acknowledged and lost.`,
      ),
    ]);
  });

  it('needs no warning with handlers', () => {
    expect(startOf({ controllers: [Payments, Transfers] })).toStrictEqual([]);
  });

  it("needs no handlers with ack: 'manual'", () => {
    expect(startOf({ controllers: [Manual], handlers: [] })).toStrictEqual([]);
  });

  it('is found among controllers without a class', () => {
    expect(startOf({ controllers: [null, undefined, Payments], handlers: [] })).toHaveLength(1);
  });

  it('is found by an inherited method', () => {
    @Controller('eu')
    class European extends Payments {}
    expect(startOf({ controllers: [European], handlers: [] })).toStrictEqual([
      expect.stringContaining('European.receive receives payment notifies'),
    ]);
  });
});

describe('a notify URL that ends in a slash', () => {
  const urls = { notifyUrl: 'https://shop.example/api/pay/notify/' };

  it.each([
    ['notifyUrl', 'Payments.receive', Payments, urls],
    [
      'transferNotifyUrl',
      'Transfers.receive',
      Transfers,
      { transferNotifyUrl: 'https://shop.example/api/pay/transfers/' },
    ],
  ])('(%s) does not reach a controller on Fastify, which is warned about', (option, name, controller, given) => {
    expect(startOf({ controllers: [controller], host: FASTIFY, urls: given })).toStrictEqual([
      warning(
        `${option} ends in a slash, which Fastify does not match with the path of ${name}: the gateway's notifies would get 404. Remove the slash from ${option}, or pass routerOptions: { ignoreTrailingSlash: true } to FastifyAdapter.`,
      ),
    ]);
  });

  it.each([
    ['on Express', EXPRESS],
    ['on a Fastify that ignores end slashes', hostOf('fastify', { routerOptions: { ignoreTrailingSlash: true } })],
    ['in an application without a server', WITHOUT_SERVER],
  ])('needs no warning %s', (_where, host) => {
    expect(startOf({ controllers: [Payments], host, urls })).toStrictEqual([]);
  });

  it.each([
    ['has no end slash', { notifyUrl: 'https://shop.example/api/pay/notify' }],
    ['has another path', { notifyUrl: 'https://shop.example/api/pay/other/' }],
    ['only ends in the same letters', { notifyUrl: 'https://shop.example/api/xpay/notify/' }],
    ['is that of transfers', { transferNotifyUrl: 'https://shop.example/api/pay/notify/' }],
    ['is not set', {}],
  ])('needs no warning on Fastify if it %s', (_what, given) => {
    expect(startOf({ controllers: [Payments], host: FASTIFY, urls: given })).toStrictEqual([]);
  });

  it('is compared without regard to case, so that a wrong case does not hide the slash', () => {
    @Controller('Pay')
    class Capitals {
      @PaymentNotify('Notify') receive() {}
    }
    const notifyUrl = 'https://shop.example/PAY/NOTIFY/';
    expect(startOf({ controllers: [Capitals], host: FASTIFY, urls: { notifyUrl } })).toHaveLength(1);
  });

  it('is compared with every path of a controller and its method', () => {
    @Controller(['/a/', 'b'])
    class Several {
      @PaymentNotify(['c', '/d/']) receive() {}
    }
    const warned = ['a/c', 'a/d', 'b/c', 'b/d', 'a', 'b', 'c', 'd'].filter((path) => {
      recordLines();
      const notifyUrl = `https://shop.example/${path}/`;
      return startOf({ controllers: [Several], host: FASTIFY, urls: { notifyUrl } }).length > 0;
    });
    expect(warned).toStrictEqual(['a/c', 'a/d', 'b/c', 'b/d']);
  });

  it.each([
    ['the method', 'pay', undefined],
    ['the controller', undefined, 'pay'],
  ])('is compared with the path of a controller where %s has none', (_which, base, own) => {
    class Half {
      @PaymentNotify(own) receive() {}
    }
    if (base !== undefined) Controller(base)(Half);
    const notifyUrl = 'https://shop.example/pay/';
    expect(startOf({ controllers: [Half], host: FASTIFY, urls: { notifyUrl } })).toHaveLength(1);
  });
});

describe('a built-in route', () => {
  const paths = { notifyPath: 'pay/notify' };

  it.each([
    ['payment', 'notifyPath', '@OnPayment()', SHOPS.transfer],
    ['transfer', 'transferNotifyPath', '@OnTransfer()', SHOPS.payment],
  ])('for %ss without a handler is warned about', (kind, extra, decorator, other) => {
    expect(startOf({ paths: { [extra]: 'pay/notify' }, handlers: [other] })).toStrictEqual([
      warning(
        `${extra} mounts a route for ${kind} notifies, but no provider has a method decorated with ${decorator}. No notify is acknowledged, unless the workers of an outcomeQueue have such a method.`,
      ),
    ]);
  });

  it.each([
    ['notifyUrl', 'notifyPath', 'https://shop.example/pay/other'],
    ['notifyUrl', 'notifyPath', 'https://shop.example/xpay/notify'],
    ['transferNotifyUrl', 'transferNotifyPath', 'https://shop.example/pay/notify/more'],
  ])('to which %s does not lead is warned about', (option, extra, url) => {
    expect(startOf({ paths: { [extra]: 'pay/notify' }, urls: { [option]: url } })).toStrictEqual([
      warning(
        `${option} is ${url}, which does not end in /pay/notify, the ${extra}. Unless a proxy rewrites the path, the gateway's notifies will not arrive there.`,
      ),
    ]);
  });

  it.each([
    ['leads to it', 'https://shop.example/pay/notify'],
    ['leads to it behind a prefix', 'https://shop.example/api/pay/notify'],
    ['leads to it with an end slash', 'https://shop.example/pay/notify/'],
    ['leads to it with a query string', 'https://shop.example/pay/notify?shop=1'],
  ])('needs no warning if notifyUrl %s', (_what, notifyUrl) => {
    expect(startOf({ paths, urls: { notifyUrl } })).toStrictEqual([]);
  });

  it('needs no warning if no URL is set, or only that of the other kind', () => {
    expect(startOf({ paths })).toStrictEqual([]);
    expect(startOf({ paths, urls: { transferNotifyUrl: 'https://shop.example/elsewhere' } })).toStrictEqual([]);
  });

  it.each([['pay/notify'], ['/Pay/Notify/']])('at %s shadows a controller with the same path', (notifyPath) => {
    expect(startOf({ controllers: [Transfers, Payments], paths: { notifyPath } })).toStrictEqual([
      warning('Payments.receive is never called, because notifyPath has the same path. Remove one of them.'),
    ]);
  });

  it.each([
    ['on Fastify', FASTIFY],
    ['on a Fastify that says so', hostOf('fastify', { caseSensitive: true })],
  ])('is another path in another case %s', (_where, host) => {
    const notifyPath = 'Pay/Notify';
    expect(startOf({ controllers: [Payments], host, paths: { notifyPath } })).toStrictEqual([]);
    const urls = { notifyUrl: 'https://shop.example/pay/notify' };
    expect(startOf({ host, paths: { notifyPath }, urls })).toHaveLength(1);
  });

  it.each([
    ['on Express', EXPRESS],
    ['on a Fastify that ignores it', hostOf('fastify', { caseSensitive: false })],
    ['in an application without a server', WITHOUT_SERVER],
  ])('is the same path in another case %s', (_where, host) => {
    const urls = { notifyUrl: 'https://shop.example/PAY/Notify' };
    expect(startOf({ host, paths, urls })).toStrictEqual([]);
    expect(startOf({ controllers: [Payments], host, paths: { notifyPath: 'PAY/notify' } })).toHaveLength(1);
  });

  it('shadows one of the paths of a controller', () => {
    @Controller(['pay', 'paid'])
    class Several {
      @PaymentNotify('notify') receive() {}
    }
    expect(startOf({ controllers: [Several], paths })).toHaveLength(1);
  });

  it('at another path shadows none', () => {
    expect(startOf({ controllers: [Payments], paths: { notifyPath: 'notify' } })).toStrictEqual([]);
  });
});
