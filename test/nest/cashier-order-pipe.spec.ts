import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Body,
  Controller,
  Post,
  ValidationPipe,
  type INestApplication,
  type ValidationPipeOptions,
} from '@nestjs/common';
import fc from 'fast-check';
import { CashierOrderPipe } from '../../lib/nest/cashier-order.pipe.js';
import { CatchPass2PayErrors } from '../../lib/nest/catch-pass2pay-errors.decorator.js';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import { InjectPass2Pay } from '../../lib/pass2pay.tokens.js';
import { PLATFORMS, startApp, type Platform } from '../support/nest-app.js';

const SECRET = 'a secret of one app 0123';
const OPTIONS = { baseUrl: 'https://api.example', merchants: [{ mchNo: 'M1', appId: 'a1', secrets: SECRET }] };

const minimal = { mchOrderNo: 'N1', amount: 100, registerTime: 1622016572190, custNo: 'C1' };
const full = {
  ...minimal,
  currency: 'CNY',
  registerTime: '1622016572190',
  wayCode: 'ALI_QR',
  userName: '张三',
  mbrTel: '13812341234',
  idNo: '320681198603213312',
  notifyUrl: 'https://www.yourserver.com/notify.htm',
  returnUrl: '',
  expiredTime: 3600,
  extParam: null,
  channelExtra: { authCode: '280812820366966512' },
};
const fullInNormalForm = {
  ...minimal,
  currency: 'cny',
  wayCode: 'ALI_QR',
  userName: '张三',
  mbrTel: '13812341234',
  idNo: '320681198603213312',
  notifyUrl: 'https://www.yourserver.com/notify.htm',
  expiredTime: 3600,
  channelExtra: '{"authCode":"280812820366966512"}',
};

@Controller('orders')
@CatchPass2PayErrors()
class OrdersController {
  @Post()
  create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
    return { order, isOfTheClass: order instanceof CreateCashierOrderDto };
  }
}

interface Response {
  status: number;
  text: string;
  body: { message: string[]; order: unknown; isOfTheClass: boolean };
}

async function post(url: string, body?: string | URLSearchParams, path = '/orders'): Promise<Response> {
  const headers: Record<string, string> = typeof body === 'string' ? { 'content-type': 'application/json' } : {};
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as Response['body'] };
}
const postJson = (url: string, order: unknown, path?: string) => post(url, JSON.stringify(order), path);

/** Starts a shop for the tests of a `describe`. */
function shop(platform: Platform, pipe?: ValidationPipeOptions): { url: string } {
  const running = { url: '' };
  let app: INestApplication;
  beforeAll(async () => {
    ({ app, url: running.url } = await startApp(
      { imports: [Pass2PayModule.forRoot(OPTIONS)], controllers: [OrdersController] },
      {
        platform,
        configure: (created) => {
          if (pipe !== undefined) created.useGlobalPipes(new ValidationPipe(pipe));
        },
      },
    ));
  });
  afterAll(() => app.close());
  return running;
}

describe.each(PLATFORMS)('CashierOrderPipe on %s', (platform) => {
  const running = shop(platform);

  it('hands on an order in its normal form', async () => {
    const { status, body } = await postJson(running.url, full);
    expect({ status, ...body }).toEqual({ status: 201, order: fullInNormalForm, isOfTheClass: true });
  });

  it('answers 400 and names both when registerTime and custNo are missing', async () => {
    const { status, body } = await postJson(running.url, { mchOrderNo: 'N1', amount: 100 });
    expect({ status, body }).toEqual({
      status: 400,
      body: {
        statusCode: 400,
        code: 'PASS2PAY_VALIDATION',
        retryable: false,
        mchOrderNo: 'N1',
        message: [expect.stringMatching(/^registerTime is required: /), expect.stringMatching(/^custNo is required: /)],
      },
    });
  });

  it('lists every issue', async () => {
    const { status, body } = await postJson(running.url, {
      ...full,
      amount: '100',
      idNo: '1',
      subject: 'x',
      sign: 'x',
      foo: 1,
    });
    expect(status).toBe(400);
    const fields = body.message.map((message) => message.split(' ')[0]);
    expect(new Set(fields)).toEqual(new Set(['amount', 'foo', 'idNo', 'sign', 'subject']));
    expect(fields).toHaveLength(5);
  });

  it.each(['[]', '[{}]', '"text"', 'null', '5', 'true', '', '{', '{}'])(
    'answers 400 to the JSON body %p',
    async (json) => {
      const { status, body } = await post(running.url, json);
      expect({ status, body }).toMatchObject({ status: 400, body: { statusCode: 400 } });
    },
  );

  it('answers 400 when there is no body', async () => {
    const { status, body } = await post(running.url);
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { message: ['the body must be an object of parameters'] },
    });
  });

  const harmful = [
    '{"__proto__":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"constructor":5}',
    '{"toString":5,"valueOf":5,"hasOwnProperty":5,"then":5}',
    '{"channelExtra":{"constructor":{"prototype":{"isAdmin":true}}}}',
    '{"channelExtra":{"__proto__":{"isAdmin":true}}}',
    '{"custNo":{"constructor":5}}',
    '{"custNo":{"constructor":"x","toString":5}}',
    `{"custNo":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    `{"channelExtra":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
  ].map((json) => [json.slice(0, 60), json] as const);
  it.each(harmful)('is not harmed by %s', async (_title, json) => {
    const { status } = await post(running.url, json);
    expect(status).toBe(400);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect((await postJson(running.url, minimal)).status).toBe(201);
  });

  it('never shows what a payer’s fields hold, nor a secret', async () => {
    const personal = fc.stringMatching(/^QZ[A-Z0-9\u4e00-\u9fa5]{6,90}$/);
    const shape = fc.constantFrom(
      (value: string): unknown => value,
      (value) => [value],
      (value) => ({ value }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('userName', 'mbrTel', 'idNo'), personal, shape, async (field, value, shaped) => {
        const { status, text } = await postJson(running.url, { ...full, custNo: undefined, [field]: shaped(value) });
        expect(status).toBe(400);
        expect(text).not.toContain(value.slice(0, 8));
        expect(text).not.toContain(SECRET);
      }),
      { numRuns: 50 },
    );
  });
});

describe.each(PLATFORMS)('CashierOrderPipe behind a global ValidationPipe on %s', (platform) => {
  describe.each<[string, ValidationPipeOptions]>([
    ['with its defaults', {}],
    ['that transforms', { transform: true }],
    ['that strips', { whitelist: true }],
    ['that strips and transforms', { whitelist: true, transform: true }],
    ['that forbids and transforms', { whitelist: true, forbidNonWhitelisted: true, transform: true }],
    ['that converts types', { transform: true, transformOptions: { enableImplicitConversion: true } }],
  ])('%s', (_name, pipe) => {
    const running = shop(platform, pipe);

    it('hands on the same order as without', async () => {
      const { status, body } = await postJson(running.url, full);
      expect({ status, ...body }).toEqual({ status: 201, order: fullInNormalForm, isOfTheClass: true });
    });

    it('gives the same messages for issues of fields', async () => {
      const { status, body } = await postJson(running.url, { mchOrderNo: 'N1', amount: '100' });
      expect(status).toBe(400);
      expect(body.message).toEqual([
        expect.stringMatching(/^amount is the string "100"; send a number/),
        expect.stringMatching(/^registerTime is required: /),
        expect.stringMatching(/^custNo is required: /),
      ]);
    });

    it('still refuses a reserved field', async () => {
      const { status, body } = await postJson(running.url, { ...minimal, subject: 'x' });
      expect({ status, message: body.message }).toEqual({
        status: 400,
        message: [expect.stringMatching(/^subject is reserved/)],
      });
    });

    it('refuses an unknown field, unless the ValidationPipe has stripped it', async () => {
      const { status } = await postJson(running.url, { ...minimal, foo: 1 });
      expect(status).toBe(pipe.whitelist && !pipe.forbidNonWhitelisted ? 201 : 400);
    });

    it.each([undefined, '[]', 'null'])('answers 400 to the body %p', async (json) => {
      expect((await post(running.url, json)).status).toBe(400);
    });
  });
});

describe('a form of a web page', () => {
  const running = shop('express');

  it('is told that amounts are numbers, since a form has only text', async () => {
    const form = new URLSearchParams({ ...minimal, amount: '100', registerTime: String(minimal.registerTime) });
    const { status, body } = await post(running.url, form);
    expect({ status, message: body.message }).toEqual({
      status: 400,
      message: [expect.stringMatching(/^amount is the string "100"; send a number/)],
    });
  });
});

it.each(PLATFORMS)('D5: without the filter, Nest answers 400 with every issue on %s', async (platform) => {
  @Controller('orders')
  class PlainController {
    @Post()
    create(@Body(CashierOrderPipe) order: CreateCashierOrderDto) {
      return order;
    }
  }
  const metadata = { imports: [Pass2PayModule.forRoot(OPTIONS)], controllers: [PlainController] };
  const { app, url } = await startApp(metadata, { platform });
  try {
    expect(await postJson(url, { mchOrderNo: 'N1', amount: 100 })).toMatchObject({
      status: 400,
      body: { statusCode: 400, message: expect.stringMatching(/registerTime is required: .*custNo is required: /s) },
    });
  } finally {
    await app.close();
  }
});

describe('the pipe of a named instance', () => {
  @Controller('eu-orders')
  @CatchPass2PayErrors()
  class EuOrdersController {
    constructor(@InjectPass2Pay(CashierOrderPipe, 'eu') private readonly pipe: CashierOrderPipe) {}

    @Post()
    create(@Body() order: unknown) {
      return { order: this.pipe.transform(order) };
    }
  }

  it('goes by the options of that instance, and the pipe of the default instance by its own', async () => {
    const eu = { ...OPTIONS, name: 'eu', currency: 'EUR', allowReservedFields: true };
    const { app, url } = await startApp({
      imports: [Pass2PayModule.forRoot(OPTIONS), Pass2PayModule.forRoot(eu)],
      controllers: [OrdersController, EuOrdersController],
    });
    try {
      const order = { ...minimal, subject: 'x' };
      const inEurope = await postJson(url, order, '/eu-orders');
      expect(inEurope).toMatchObject({ status: 201, body: { order: { ...order, currency: 'eur' } } });
      expect((await postJson(url, {}, '/eu-orders')).status).toBe(400);
      expect((await postJson(url, order)).status).toBe(400);
      expect((await postJson(url, minimal)).body.order).toEqual({ ...minimal, currency: 'cny' });
    } finally {
      await app.close();
    }
  });
});
