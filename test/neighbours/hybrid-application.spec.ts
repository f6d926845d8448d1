import type { AddressInfo, Server } from 'node:net';
import { Controller, Injectable, UnauthorizedException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport, type ClientProxy } from '@nestjs/microservices';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { CashierOrderPipe } from '../../lib/nest/cashier-order.pipe.js';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { isPass2PayNotify } from '../../lib/notify/is-pass2pay-notify.js';
import { Pass2PayExceptionFilter } from '../../lib/nest/pass2pay-exception.filter.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { sellThrough } from './support/sell.js';
import { OrdersController, PayNotifyController, shop } from './support/shop.js';

/** The shop takes orders from other services too. */
@Controller()
class OrderMessages {
  constructor(private readonly cashier: CashierService) {}

  @MessagePattern('orders.create')
  create(@Payload() order: CreateCashierOrderDto) {
    return this.cashier.createOrder(order);
  }

  @MessagePattern('orders.check')
  check(@Payload(CashierOrderPipe) { mchOrderNo, amount }: CreateCashierOrderDto) {
    return { mchOrderNo, amount };
  }
}

/** Guards requests; messages come from services that are known. */
@Injectable()
class AuthGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (isPass2PayNotify(context) || context.getType() === 'rpc') return true;
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers.authorization === 'Bearer customer') return true;
    throw new UnauthorizedException('Sign in first.');
  }
}

const ORDER = { mchOrderNo: 'H1', amount: 100, registerTime: 1_622_016_572_190, custNo: 'C200492312' };

describe.each(PLATFORMS)('a hybrid application on %s whose messages inherit its global things', (platform) => {
  let sandbox: Pass2PaySandbox;
  let running: RunningApp;
  let client: ClientProxy;

  beforeAll(async () => {
    sandbox = await Pass2PaySandbox.start();
    let port = 0;
    const metadata = shop(sandbox.url, {
      controllers: [OrdersController, PayNotifyController, OrderMessages],
      providers: [
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_FILTER, useClass: Pass2PayExceptionFilter },
      ],
    });
    running = await startApp(metadata, {
      platform,
      configure: async (app) => {
        const options = { host: '127.0.0.1', port: 0 };
        const messages = app.connectMicroservice({ transport: Transport.TCP, options }, { inheritAppConfig: true });
        await app.startAllMicroservices();
        ({ port } = messages.unwrap<Server>().address() as AddressInfo);
      },
    });
    client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
  });
  afterAll(async () => {
    await client.close();
    await running.app.close();
    await sandbox.stop();
  });

  const create = (order: object) => firstValueFrom(client.send<unknown>('orders.create', order));

  it('sells over HTTP', async () => {
    await sellThrough(running, sandbox, { headers: { Authorization: 'Bearer customer' } });
  });

  it('makes an order for a message', async () => {
    expect(await create(ORDER)).toMatchObject({ mchOrderNo: 'H1', cashierUrl: expect.stringMatching(/^http/) });
    expect(sandbox.order('H1')).toMatchObject({ amount: 100 });
  });

  it('tells the sender of a message what is wrong with its order', async () => {
    await expect(create({ ...ORDER, mchOrderNo: 'H2', amount: 0.5 })).rejects.toMatchObject({
      statusCode: 400,
      code: 'PASS2PAY_VALIDATION',
      mchOrderNo: 'H2',
      message: [expect.stringContaining('amount')],
    });
    await expect(create({ ...ORDER, amount: 101 })).rejects.toMatchObject({ code: 'PASS2PAY_ORDER_CONFLICT' });
  });

  it('D5: has the pipe on a message’s payload, whose sender is told every issue', async () => {
    const check = (order: object) => firstValueFrom(client.send<unknown>('orders.check', order));
    expect(await check(ORDER)).toEqual({ mchOrderNo: 'H1', amount: 100 });
    await expect(check({ mchOrderNo: 'H3', amount: 0.5 })).rejects.toEqual({
      statusCode: 400,
      code: 'PASS2PAY_VALIDATION',
      retryable: false,
      mchOrderNo: 'H3',
      message: [
        expect.stringMatching(/^amount /),
        expect.stringMatching(/^registerTime is required/),
        expect.stringMatching(/^custNo is required/),
      ],
    });
  });
});
