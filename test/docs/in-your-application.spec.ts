import { Controller, Get, Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { CashierService } from 'nestjs-pass2pay';
import { DEFAULT_MERCHANT } from 'pass2pay-sandbox';
import { signedPaymentNotify } from 'pass2pay-sandbox/testing';
import { describe, expect, it } from '@jest/globals';
import { RunDocument } from './support/document.js';
import { ORDER, startShop } from './support/shop.js';

const page = new RunDocument('docs/in-your-application.md');

/** A guard that knows a mark for public routes, as the document has it. */
@Injectable()
class AccountGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    return this.reflector.get<boolean | undefined>('isPublic', context.getHandler()) ?? false;
  }
}

@Controller('account')
class AccountController {
  @Get()
  show() {
    return 'yours';
  }
}

describe('a guard that asks for an account', () => {
  const marked = () => page.load<{ PayNotifyController: Type }>('SetMetadata');
  const plain = () =>
    new RunDocument('docs/notifies.md').load<{ PayNotifyController: Type }>('class PayNotifyController');
  const knowsNotifies = async () => (await page.load<{ AuthGuard: Type }>('class AuthGuard')).AuthGuard;

  it.each([
    ['knows the route’s mark', marked, async () => AccountGuard],
    ['knows notify routes itself', plain, knowsNotifies],
  ])('lets a notify through where it %s', async (_how, route, guardOf) => {
    const { PayNotifyController } = await route();
    const guard = await guardOf();
    const { app, url, post, gateway } = await startShop({
      controllers: [PayNotifyController, AccountController],
      providers: [{ provide: APP_GUARD, useClass: guard }],
    });
    await app.get(CashierService).createOrder({ ...ORDER, mchOrderNo: 'O1' });
    await gateway.pay('O1');
    expect(await gateway.notifySettled('O1')).toMatchObject({ acknowledged: true });
    const forger = { merchant: { ...DEFAULT_MERCHANT, secret: 'a guess at the secret' } };
    const forged = signedPaymentNotify({ mchOrderNo: 'O1', amount: ORDER.amount }, forger);
    expect((await post('/pay/notify', forged.body)).status).toBe(401);
    expect((await fetch(`${url}/account`)).status).toBe(403);
  });
});

it('the controller’s errors are answered, and in the OpenAPI document', async () => {
  const { OrdersController } = await page.load<{ OrdersController: Type }>('CatchPass2PayErrors');
  const { app, post } = await startShop({ controllers: [OrdersController] });
  expect((await post('/orders', { ...ORDER, mchOrderNo: 'O1' })).status).toBe(201);
  const conflict = await post('/orders', { ...ORDER, mchOrderNo: 'O1', amount: 1 });
  expect(conflict.status).toBe(409);
  expect(await conflict.json()).toMatchObject({ mchOrderNo: 'O1', retryable: false });
  const { paths } = SwaggerModule.createDocument(app, new DocumentBuilder().build());
  const responses = Object.keys(paths['/orders']!.post!.responses);
  expect(responses).toEqual(expect.arrayContaining(['201', '202', '400', '409', '502', '503', '504']));
});

it('every block of the document has been run', () => expect(page.unrun()).toEqual([]));
