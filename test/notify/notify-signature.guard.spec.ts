import 'reflect-metadata';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnauthorizedException, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { admittedNotify, NotifyEntrance, type AdmittedNotify } from '../../lib/notify/notify-entrance.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { notifySignatureGuard, NotifySignatureGuard } from '../../lib/notify/notify-signature.guard.js';
import { getPass2PayToken } from '../../lib/pass2pay.tokens.js';

class Shop {
  @PaymentNotify('payments') payments() {}
  @TransferNotify('transfers') transfers() {}
  other() {}
}

const NOTIFY = {} as AdmittedNotify;
let asked: unknown[][];
let admit: () => Promise<AdmittedNotify>;
beforeEach(() => {
  asked = [];
  admit = async () => NOTIFY;
});

const entrance = {
  admit: (...given: unknown[]) => {
    asked.push(given);
    return admit();
  },
} as unknown as NotifyEntrance;

async function guard(method: keyof Shop = 'payments', Guard: Type<CanActivate> = NotifySignatureGuard) {
  const [request, response] = [{}, {}];
  const context = {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
    getHandler: () => Shop.prototype[method],
  } as unknown as ExecutionContext;
  const activated = new Guard(entrance, new Reflector()).canActivate(context) as Promise<boolean>;
  const result = await activated.catch((error: unknown) => error);
  return { request, response, result };
}

describe('NotifySignatureGuard', () => {
  it.each([
    ['a method for payment notifies', 'payments', 'payment'],
    ['a method for transfer notifies', 'transfers', 'transfer'],
    ['another method, which receives payment notifies', 'other', 'payment'],
  ] as const)('lets a genuine notify through to %s, and keeps it for later steps', async (_what, method, kind) => {
    const { request, response, result } = await guard(method);
    expect(result).toBe(true);
    expect(asked).toStrictEqual([[kind, request, response]]);
    expect(asked[0]![1]).toBe(request);
    expect(asked[0]![2]).toBe(response);
    expect(admittedNotify(request)).toBe(NOTIFY);
  });

  it('refuses any other request with the error of the verification', async () => {
    const refusal = new UnauthorizedException('Invalid notify signature.');
    admit = () => Promise.reject(refusal);
    const { request, result } = await guard();
    expect(result).toBe(refusal);
    expect(admittedNotify(request)).toBeUndefined();
  });
});

describe('the guard of an instance of the module', () => {
  it('is NotifySignatureGuard for the instance without a name', () => {
    expect(notifySignatureGuard()).toBe(NotifySignatureGuard);
  });

  it('asks the entrance of a named instance', async () => {
    const Named = notifySignatureGuard('eu');
    expect(Reflect.getMetadata('self:paramtypes', Named)).toStrictEqual([
      { index: 0, param: getPass2PayToken(NotifyEntrance, 'eu') },
    ]);
    expect(Reflect.getMetadata('design:paramtypes', Named)).toStrictEqual([NotifyEntrance, Reflector]);
    const { request, response, result } = await guard('transfers', Named);
    expect(result).toBe(true);
    expect(asked).toStrictEqual([['transfer', request, response]]);
  });

  it('is a provider of its own for each instance', () => {
    expect(notifySignatureGuard('eu').name).not.toBe(notifySignatureGuard('us').name);
  });
});
