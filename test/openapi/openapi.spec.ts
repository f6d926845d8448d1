import { readFileSync, writeFileSync } from 'node:fs';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiCreatedResponse, ApiOkResponse, ApiResponse, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import {
  CashierOrder,
  CashierOrderPipe,
  CashierService,
  CatchPass2PayErrors,
  CreateCashierOrderDto,
  CreateCryptoOrderDto,
  CreatedPayment,
  CreatedTransfer,
  CreatePaymentOrderDto,
  CreateTransferDto,
  NotifyPayload,
  OutcomeProcessor,
  Pass2PayModule,
  PaymentNotification,
  PaymentNotify,
  PaymentOrder,
  PaymentService,
  Transfer,
  TransferNotification,
  TransferNotify,
  TransferService,
} from 'nestjs-pass2pay';
import { PLATFORMS, type Platform } from '../support/nest-app.js';
import { MERCHANT } from '../support/test-merchant.js';

// The classes come from the built package: the swagger plugin writes what their comments say when it is built.

@Controller('orders')
@CatchPass2PayErrors()
class OrdersController {
  constructor(
    private readonly cashier: CashierService,
    private readonly payments: PaymentService,
  ) {}

  @Post()
  @ApiCreatedResponse({ type: CashierOrder })
  create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
    return this.cashier.createOrder(order);
  }

  @Get(':mchOrderNo')
  @ApiOkResponse({ type: PaymentOrder })
  find(@Param('mchOrderNo') mchOrderNo: string) {
    return this.cashier.queryOrder({ mchOrderNo });
  }

  @Post('unified')
  @ApiCreatedResponse({ type: CreatedPayment })
  createUnified(@Body() order: CreatePaymentOrderDto) {
    return this.payments.createOrder(order);
  }

  @Post('crypto')
  @ApiCreatedResponse({ type: CreatedPayment })
  createCrypto(@Body() order: CreateCryptoOrderDto) {
    return this.payments.createCryptoOrder(order);
  }
}

@Controller('transfers')
class TransfersController {
  constructor(private readonly transfers: TransferService) {}

  @Post()
  @CatchPass2PayErrors()
  @ApiCreatedResponse({ type: CreatedTransfer })
  create(@Body() transfer: CreateTransferDto) {
    return this.transfers.createTransfer(transfer);
  }

  @Get(':mchOrderNo')
  @ApiOkResponse({ type: Transfer })
  find(@Param('mchOrderNo') mchOrderNo: string) {
    return this.transfers.queryTransfer({ mchOrderNo });
  }
}

@Controller('pay')
class PayNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }

  // An application's own word wins.
  @ApiResponse({ status: 401, description: 'Forged.' })
  @TransferNotify('transfer-notify')
  receiveTransfer(@NotifyPayload() transfer: TransferNotification) {
    return this.outcomes.process(transfer);
  }
}

@Module({
  imports: [Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }] })],
  controllers: [OrdersController, TransfersController, PayNotifyController],
})
class Shop {}

interface Property {
  description?: string;
  example?: unknown;
  type?: string;
  enum?: unknown[];
  oneOf?: unknown[];
}

type Document = ReturnType<typeof SwaggerModule.createDocument>;

async function documentOn(platform: Platform): Promise<Document> {
  const options = { logger: false, abortOnError: false } as const;
  const app =
    platform === 'fastify'
      ? await NestFactory.create(Shop, new FastifyAdapter(), options)
      : await NestFactory.create(Shop, options);
  await app.init();
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Shop').setVersion('1').build());
  await app.close();
  return JSON.parse(JSON.stringify(document, sortedEnums)) as Document;
}

function byText(left: unknown, right: unknown): number {
  return String(left) < String(right) ? -1 : 1;
}

/** The compiler gives the members of a union in any order. */
function sortedEnums(name: string, value: unknown): unknown {
  return name === 'enum' ? (value as unknown[]).toSorted(byText) : value;
}

const STORED = new URL('../fixtures/openapi.json', import.meta.url);

describe.each(PLATFORMS)('the OpenAPI document of a shop on %s', (platform) => {
  it('is the stored one', async () => {
    const document = await documentOn(platform);
    if (process.env.UPDATE_DOCS) writeFileSync(STORED, `${JSON.stringify(document, null, 2)}\n`);
    // Where a change is meant: UPDATE_DOCS=1 npm run jest -- test/openapi
    expect(document).toEqual(JSON.parse(readFileSync(STORED, 'utf8')));
  });

  it('is valid', async () => {
    expect(await new Validator().validate({ ...(await documentOn(platform)) })).toEqual({ valid: true });
  });

  it('describes every field, with an example where it is text or a number', async () => {
    const schemas = (await documentOn(platform)).components!.schemas as Record<
      string,
      { properties: Record<string, Property> }
    >;
    expect(Object.keys(schemas).toSorted()).toEqual([
      'CashierOrder',
      'CreateCashierOrderDto',
      'CreateCryptoOrderDto',
      'CreatePaymentOrderDto',
      'CreateTransferDto',
      'CreatedPayment',
      'CreatedTransfer',
      'Pass2PayErrorResponse',
      'PaymentNotification',
      'PaymentOrder',
      'Transfer',
      'TransferNotification',
    ]);
    const thin = Object.entries(schemas).flatMap(([schema, { properties }]) =>
      Object.entries(properties)
        .filter(([, { description, example, type, oneOf }]) => {
          const isTyped = type !== undefined || oneOf !== undefined;
          return !description || !isTyped || (type !== 'object' && example === undefined);
        })
        .map(([name]) => `${schema}.${name}`),
    );
    expect(thin).toEqual([]);
    expect(schemas.PaymentNotification!.properties).toHaveProperty('reqTime');
    expect(schemas.TransferNotification!.properties).toHaveProperty('reqTime');
  });

  it('gives each amount as a whole number of minor units', async () => {
    const { schemas } = (await documentOn(platform)).components!;
    const amounts = Object.values(schemas as Record<string, { properties: Record<string, Property> }>)
      .map(({ properties }) => properties.amount)
      .filter((amount) => amount !== undefined);
    expect(amounts).toHaveLength(9);
    for (const amount of amounts) {
      expect(amount).toMatchObject({ type: 'integer', description: expect.stringMatching(/minor units/i) });
    }
  });

  it('tells what a notify route takes and answers', async () => {
    const { paths } = await documentOn(platform);
    const notify = paths['/pay/notify']!.post!;
    expect(notify.requestBody).toMatchObject({
      required: true,
      content: {
        'application/x-www-form-urlencoded': {
          schema: {
            allOf: [{ $ref: '#/components/schemas/PaymentNotification' }, { required: ['sign'] }],
          },
        },
      },
    });
    expect(notify.responses).toMatchObject({ 200: { content: { 'text/plain': { example: 'success' } } } });
    expect(Object.keys(notify.responses)).toEqual(['200', '401', '413', '500', '503']);
    expect(paths['/pay/transfer-notify']!.post!.responses).toMatchObject({
      401: { description: expect.stringContaining('Forged.') },
    });
  });

  it('lists the errors of routes that answer the module’s errors', async () => {
    const { paths } = await documentOn(platform);
    for (const path of ['/orders', '/orders/unified', '/orders/crypto', '/transfers']) {
      expect(Object.keys(paths[path]!.post!.responses)).toEqual(['201', '202', '400', '409', '502', '503', '504']);
    }
  });
});
