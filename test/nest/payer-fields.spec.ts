import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Post,
  ValidationPipe,
  type BadRequestException,
  type INestApplication,
  type Type,
} from '@nestjs/common';
import { OmitType, PickType } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Max } from 'class-validator';
import fc from 'fast-check';
import { cashierOrderPipe } from '../../lib/nest/cashier-order.pipe.js';
import { CatchPass2PayErrors } from '../../lib/nest/catch-pass2pay-errors.decorator.js';
import { CashierService } from '../../lib/payments/cashier.service.js';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp } from '../support/nest-app.js';

/** An application's own class. */
class OrderWithCoupon extends CreateCashierOrderDto {
  @IsString()
  @Length(1, 10)
  coupon!: string;

  @IsOptional()
  @IsString()
  note?: string;

  @Max(500)
  declare amount: number;
}

/** For an application's ValidationPipe. */
class PickedOrder extends PickType(CreateCashierOrderDto, ['wayCode']) {}

/** What the shop knows by itself. */
const OWN = { amount: 10031, custNo: 'C1', registerTime: 1622016572190 };

let sandbox: Pass2PaySandbox;
beforeAll(async () => {
  sandbox = await Pass2PaySandbox.start();
});
afterAll(() => sandbox.stop());

let orders = 0;

@Controller()
@CatchPass2PayErrors()
class ShopController {
  constructor(private readonly cashier: CashierService) {}

  @Post('orders')
  async create(
    @Body(cashierOrderPipe(CreateCashierOrderDto, { allow: ['wayCode', 'userName', 'channelExtra'] }))
    choice: Pick<CreateCashierOrderDto, 'wayCode' | 'userName' | 'channelExtra'>,
  ) {
    orders += 1;
    const { mchOrderNo } = await this.cashier.createOrder({ ...OWN, ...choice, mchOrderNo: `S${orders}` });
    return { mchOrderNo, choice };
  }

  @Post('coupons')
  redeem(@Body(cashierOrderPipe(OrderWithCoupon, { allow: ['coupon', 'note', 'wayCode'] })) choice: object) {
    return { choice, isOfTheClass: choice instanceof OrderWithCoupon };
  }

  @Post('whole')
  whole(@Body(cashierOrderPipe(OrderWithCoupon)) order: OrderWithCoupon) {
    return { order, isOfTheClass: order instanceof OrderWithCoupon };
  }

  @Post('bought')
  buy(@Body(cashierOrderPipe(OrderWithCoupon)) order: OrderWithCoupon) {
    return this.cashier.createOrder(order);
  }

  @Post('picked')
  async pick(@Body() { wayCode }: PickedOrder) {
    const { mchOrderNo } = await this.cashier.createOrder({ ...OWN, wayCode, mchOrderNo: `P${(orders += 1)}` });
    return { mchOrderNo };
  }

  @Post('nothing')
  nothing(@Body(cashierOrderPipe(CreateCashierOrderDto, { allow: [] })) choice: object) {
    return { choice };
  }

  @Post('eu')
  europe(@Body(cashierOrderPipe(CreateCashierOrderDto, { instance: 'eu' })) order: CreateCashierOrderDto) {
    return { order };
  }
}

describe.each(PLATFORMS.flatMap((platform) => [false, true].map((rawBody) => ({ platform, rawBody }))))(
  'C4: a pipe with the fields that a payer may set, on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let app: INestApplication;
    let url: string;
    beforeAll(async () => {
      const { mchNo, appId, secret } = DEFAULT_MERCHANT;
      const options = { baseUrl: sandbox.url, merchants: [{ mchNo, appId, secrets: secret }] };
      const imports = [
        Pass2PayModule.forRoot(options),
        Pass2PayModule.forRoot({ ...options, name: 'eu', currency: 'EUR' }),
      ];
      const configure = (created: INestApplication) =>
        created.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
      const settings = platform === 'express' ? { configure } : {};
      ({ app, url } = await startApp({ imports, controllers: [ShopController] }, { platform, rawBody, ...settings }));
    });
    afterAll(() => app.close());

    async function post(path: string, body: unknown) {
      const response = await fetch(`${url}/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    }

    it('gives the route these fields alone, in their normal form, and requires none', async () => {
      const before = sandbox.orders().length;
      const { status, body } = await post('orders', { wayCode: 'ALI_QR', channelExtra: { a: 1 }, userName: '' });
      expect({ status, body }).toMatchObject({
        status: 201,
        body: { choice: { wayCode: 'ALI_QR', channelExtra: '{"a":1}' } },
      });
      expect(Object.keys(body['choice'] as object).toSorted()).toEqual(['channelExtra', 'wayCode']);
      expect(await post('orders', {})).toMatchObject({ status: 201, body: { choice: {} } });
      expect(sandbox.orders()).toHaveLength(before + 2);
      const placed = sandbox.orders().filter(({ mchOrderNo }) => mchOrderNo.startsWith('S'));
      expect(placed.length).toBeGreaterThanOrEqual(2);
      for (const { amount } of placed) expect(amount).toBe(OWN.amount);
    });

    it.each([
      'amount',
      'custNo',
      'registerTime',
      'notifyUrl',
      'returnUrl',
      'mchOrderNo',
      'currency',
      'subject',
      'extParam',
    ])('refuses %s, and says what to do', async (field) => {
      const before = sandbox.orders().length;
      const values: readonly unknown[] = [1, 'https://thief.example/', null, '', { a: 1 }];
      for (const value of values) {
        const { status, body } = await post('orders', { wayCode: 'ALI_QR', [field]: value });
        expect({ status, body }).toMatchObject({
          status: 400,
          body: {
            code: 'PASS2PAY_VALIDATION',
            message: [`${field} cannot be set by the payer; leave it out, or list it in the pipe's allow`],
          },
        });
      }
      expect(sandbox.orders()).toHaveLength(before);
    });

    it('refuses what is no field at all, and a wrong value of an allowed one', async () => {
      const { body } = await post('orders', { wayCode: 'ali qr', foo: 1, sign: 'x', amount: 1 });
      expect(body['message']).toEqual([
        expect.stringMatching(/^wayCode is "ali qr"/),
        expect.stringMatching(/^foo is unknown/),
        expect.stringMatching(/^sign is set by the module/),
        expect.stringMatching(/^amount cannot be set by the payer/),
      ]);
    });

    it.each(['[]', 'null', '"text"', '{"__proto__":{"amount":1}}', '{"constructor":{"prototype":{"amount":1}}}'])(
      'is not harmed by %s',
      async (json) => {
        expect((await post('orders', json)).status).toBe(400);
        expect(({} as { amount?: number }).amount).toBeUndefined();
      },
    );

    it('may allow nothing', async () => {
      expect(await post('nothing', {})).toMatchObject({ status: 201, body: { choice: {} } });
      expect((await post('nothing', { wayCode: 'ALI_QR' })).status).toBe(400);
    });

    it('knows the fields of a subclass, and checks them by their own decorators', async () => {
      expect(await post('coupons', { coupon: 'SUMMER', wayCode: 'ALI_QR' })).toEqual({
        status: 201,
        body: { choice: { coupon: 'SUMMER', wayCode: 'ALI_QR' }, isOfTheClass: true },
      });
      const { status, body } = await post('coupons', { coupon: 'far too long a coupon', note: 1, amount: 5 });
      expect({ status, fields: (body['message'] as string[]).map((message) => message.split(' ')[0]) }).toEqual({
        status: 400,
        fields: ['coupon', 'note', 'amount'],
      });
    });

    it('of a subclass without allow requires its fields, and keeps its further rules', async () => {
      const whole = { ...OWN, amount: 100, mchOrderNo: 'N1', coupon: 'SUMMER' };
      expect(await post('whole', whole)).toEqual({
        status: 201,
        body: { order: { ...whole, currency: 'cny' }, isOfTheClass: true },
      });
      const { coupon: _none, ...withoutCoupon } = whole;
      expect((await post('whole', withoutCoupon)).status).toBe(400);
      expect((await post('whole', { ...whole, amount: 501 })).status).toBe(400);
      expect((await post('whole', { ...whole, custNo: undefined })).status).toBe(400);
      expect((await post('whole', { ...whole, foo: 1 })).status).toBe(400);
    });

    it('D4: an order of a subclass can be made, and its own fields are not sent', async () => {
      const whole = { ...OWN, amount: 100, mchOrderNo: `W-${platform}-${rawBody}`, coupon: 'SUMMER', note: 'gift' };
      expect(await post('bought', whole)).toMatchObject({ status: 201, body: { mchOrderNo: whole.mchOrderNo } });
      expect(sandbox.order(whole.mchOrderNo)).toMatchObject({ amount: 100 });
      const sent = sandbox.journal.since(0).findLast(({ type }) => type === 'request');
      expect(JSON.stringify(sent)).toContain(whole.mchOrderNo);
      expect(JSON.stringify(sent)).not.toMatch(/coupon|SUMMER|gift/);
    });

    it('goes by the options of the instance that it names', async () => {
      const order = { ...OWN, mchOrderNo: 'N1' };
      expect(await post('eu', order)).toMatchObject({ status: 201, body: { order: { ...order, currency: 'eur' } } });
    });

    it('lets no other field through, whatever is sent', async () => {
      const fields = Object.keys(new CreateCashierOrderDto()).concat(
        'amount',
        'notifyUrl',
        'returnUrl',
        'custNo',
        'foo',
      );
      const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant('ALI_QR'));
      await fc.assert(
        fc.asyncProperty(fc.dictionary(fc.constantFrom('wayCode', ...fields), value), async (body) => {
          const { status, body: answer } = await post('coupons', { ...body, coupon: 'C' });
          const isRight = Object.keys(body).every((field) => field === 'wayCode');
          if (!isRight) expect(status).toBe(400);
          else if (status === 201) {
            const { coupon, wayCode, ...others } = answer['choice'] as Record<string, unknown>;
            expect({ coupon, others }).toEqual({ coupon: 'C', others: {} });
            expect([undefined, body['wayCode']]).toContain(wayCode);
          }
        }),
        { numRuns: 60 },
      );
    });
  },
);

describe('D4: classes made of the module’s', () => {
  const validator = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true });
  const read = (metatype: Type, value: object) =>
    validator.transform(value, { type: 'body', metatype }).then(
      (order: object) => ({ ...order }),
      (error: BadRequestException) => (error.getResponse() as { message: string[] }).message,
    );

  it('by PickType have the rules of their fields in a ValidationPipe', async () => {
    expect(await read(PickedOrder, { wayCode: 'ALI_QR' })).toEqual({ wayCode: 'ALI_QR' });
    expect(await read(PickedOrder, { wayCode: 'ali qr' })).toEqual([expect.stringMatching(/^wayCode is "ali qr"/)]);
    expect(await read(PickedOrder, { amount: 1 })).toEqual([expect.stringContaining('amount')]);
  });

  it('by OmitType too', async () => {
    class NoOwn extends OmitType(CreateCashierOrderDto, [
      'amount',
      'custNo',
      'registerTime',
      'notifyUrl',
      'returnUrl',
    ]) {}
    expect(await read(NoOwn, { mchOrderNo: 'O 1' })).toEqual([expect.stringMatching(/^mchOrderNo /)]);
    expect(await read(NoOwn, { mchOrderNo: 'O1', notifyUrl: 'https://thief.example/' })).toEqual([
      expect.stringContaining('notifyUrl'),
    ]);
    expect(await read(NoOwn, { mchOrderNo: 'O1', userName: '' })).toEqual({ mchOrderNo: 'O1' });
  });
});

it('C4: a pipe cannot allow a field that the class does not have', () => {
  const allow = ['amuont' as 'amount'];
  expect(() => cashierOrderPipe(CreateCashierOrderDto, { allow })).toThrow(
    new TypeError('cashierOrderPipe: allow names amuont, which CreateCashierOrderDto does not have'),
  );
});
