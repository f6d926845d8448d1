import {
  Catch,
  ClassSerializerInterceptor,
  Controller,
  HttpException,
  Injectable,
  SetMetadata,
  UnauthorizedException,
  ValidationPipe,
  VERSION_NEUTRAL,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type ModuleMetadata,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, HttpAdapterHost, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fastifyCompress from '@fastify/compress';
import fastifyHelmet from '@fastify/helmet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import helmet from 'helmet';
import { map } from 'rxjs';
import { isPass2PayNotify } from '../../lib/notify/is-pass2pay-notify.js';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { Pass2PayExceptionFilter } from '../../lib/nest/pass2pay-exception.filter.js';
import { DEFAULT_MERCHANT, Pass2PaySandbox } from '../../sandbox/index.js';
import { PLATFORMS, startApp, type Platform, type RunningApp } from '../support/nest-app.js';
import { notifyParams, signedForm } from '../support/test-merchant.js';
import { sellThrough } from './support/sell.js';
import { Fulfilment, OrdersController, PayNotifyController, shop } from './support/shop.js';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' };

/** As many backends have it: `{ code: 0, data }`. */
@Injectable()
class WrapEverything implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    return next.handle().pipe(map((data: unknown) => ({ code: 0, data })));
  }
}
const unwrap = (response: unknown) => (response as { data: unknown }).data;

const Public = () => SetMetadata('isPublic', true);

/** Lets in whoever has the shop's token, and what is marked as public. */
@Injectable()
class AuthGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('isPublic', [context.getHandler(), context.getClass()])) return true;
    return isSignedIn(context);
  }
}

/** As `AuthGuard`, for shops that mark no route. */
@Injectable()
class AuthGuardThatKnowsNotifies implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return isPass2PayNotify(context) || isSignedIn(context);
  }
}

function isSignedIn(context: ExecutionContext): boolean {
  const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
  if (headers.authorization === 'Bearer customer') return true;
  throw new UnauthorizedException('Sign in first.');
}
const SIGNED_IN = { Authorization: 'Bearer customer' };

@Controller('pay')
class PublicNotifyController {
  constructor(private readonly outcomes: OutcomeProcessor) {}

  @Public()
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process(payment);
  }
}

@Controller({ path: 'pay', version: VERSION_NEUTRAL })
class NeutralNotifyController extends PayNotifyController {}

/** As many backends have it: every answer is HTTP 200, and the body tells. */
@Catch()
class ResponseEverything implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, context: ArgumentsHost) {
    const code = error instanceof HttpException ? error.getStatus() : 500;
    this.host.httpAdapter.reply(context.switchToHttp().getResponse(), { code, success: false }, 200);
  }
}

describe.each(PLATFORMS.flatMap((platform) => [false, true].map((rawBody) => ({ platform, rawBody }))))(
  'in an application on $platform, rawBody: $rawBody',
  ({ platform, rawBody }) => {
    let sandbox: Pass2PaySandbox;
    let running: RunningApp | undefined;

    beforeAll(async () => {
      sandbox = await Pass2PaySandbox.start();
    });
    afterAll(() => sandbox.stop());
    afterEach(async () => {
      await running?.app.close();
      running = undefined;
    });

    async function open(
      neighbour: ModuleMetadata = {},
      options: { bodyLimit?: number; configure?: (app: INestApplication) => unknown } = {},
    ): Promise<RunningApp> {
      running = await startApp(shop(sandbox.url, neighbour), { platform, rawBody, ...options });
      return running;
    }

    it('a global prefix is part of the notifyUrl', async () => {
      const app = await open({}, { configure: (nest) => nest.setGlobalPrefix('api') });
      await sellThrough(app, sandbox, { orders: '/api/orders', notify: '/api/pay/notify' });
    });

    it('a version in the URI is part of the notifyUrl', async () => {
      const app = await open(
        {},
        { configure: (nest) => nest.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }) },
      );
      await sellThrough(app, sandbox, { orders: '/v1/orders', notify: '/v1/pay/notify' });
    });

    it.each([
      ['a header', { type: VersioningType.HEADER, header: 'X-Version' } as const, { 'X-Version': '1' }],
      ['the media type', { type: VersioningType.MEDIA_TYPE, key: 'v=' } as const, { Accept: 'application/json;v=1' }],
    ])('a version in %s, which no notify has: a notify controller without a version', async (_where, how, headers) => {
      const app = await open(
        { controllers: [OrdersController, NeutralNotifyController] },
        { configure: (nest) => nest.enableVersioning({ ...how, defaultVersion: '1' }) },
      );
      await sellThrough(app, sandbox, { headers });
    });

    it('an interceptor that wraps every answer', async () => {
      const app = await open({ providers: [{ provide: APP_INTERCEPTOR, useClass: WrapEverything }] });
      await sellThrough(app, sandbox, { unwrap });
    });

    it('an interceptor that serialises by class', async () => {
      const app = await open({ providers: [{ provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor }] });
      await sellThrough(app, sandbox);
    });

    it.each([
      ['', {}],
      [' that transforms', { transform: true }],
      [' that converts', { transform: true, transformOptions: { enableImplicitConversion: true } }],
      [' that looks at what decorators give too', { transform: true, validateCustomDecorators: true }],
    ])('a ValidationPipe%s and refuses what no class declares', async (_what, options) => {
      const pipe = new ValidationPipe({
        whitelist: true,
        forbidNonWhitelisted: true,
        forbidUnknownValues: true,
        ...options,
      });
      const app = await open({ providers: [{ provide: APP_PIPE, useValue: pipe }] });
      // Everything that is converted or written in another way.
      await sellThrough(app, sandbox, {
        order: {
          registerTime: '1622016572190',
          currency: 'CNY',
          extParam: 'x',
          channelExtra: { a: 'b' },
          userName: '',
        },
      });
      const [notification] = app.app.get(Fulfilment).paid;
      expect(notification).toMatchObject({
        wayCode: 'CHANNEL_CASHIER',
        extParam: 'x',
        successTime: expect.any(Number),
      });

      const refused = await fetch(`${app.url}/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ mchOrderNo: 'N', amount: 1, registerTime: 1_622_016_572_190, custNo: 'C', price: 1 }),
      });
      expect(refused.status).toBe(400);
      expect(await refused.text()).toContain('price');
    });

    it('a guard that asks for an account: a notify route marked as public', async () => {
      const app = await open({
        controllers: [OrdersController, PublicNotifyController],
        providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
      });
      await sellThrough(app, sandbox, { headers: SIGNED_IN });
      expect((await fetch(`${app.url}/orders`, { method: 'POST' })).status).toBe(401);
    });

    it('a guard that asks for an account, and knows notify routes by isPass2PayNotify', async () => {
      const app = await open({ providers: [{ provide: APP_GUARD, useClass: AuthGuardThatKnowsNotifies }] });
      await sellThrough(app, sandbox, { headers: SIGNED_IN });
      expect((await fetch(`${app.url}/orders`, { method: 'POST' })).status).toBe(401);
    });

    it('a guard that asks for an account, and was not told of notifies, gets none handled', async () => {
      const { app, url } = await open({ providers: [{ provide: APP_GUARD, useClass: AuthGuard }] });
      const { mchNo, appId, secret } = DEFAULT_MERCHANT;
      const body = signedForm(notifyParams({ mchNo, appId }), secret);
      const response = await fetch(`${url}/pay/notify`, { method: 'POST', headers: FORM, body });
      expect(response.status).toBe(401);
      expect(app.get(Fulfilment).paid).toEqual([]);
    });

    it('helmet and compression', async () => {
      const app = await open({}, { configure: (nest) => protectAndCompress(nest, platform) });
      await sellThrough(app, sandbox);
      const response = await fetch(`${app.url}/pay/notify`, { method: 'POST', headers: { 'Accept-Encoding': 'gzip' } });
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-encoding')).toBe('gzip');
    });

    it('a limit to the size of bodies that the longest notify fits in', async () => {
      const limit = 8 * 1024;
      const app = await open(
        {},
        {
          bodyLimit: limit,
          configure: (nest) => {
            if (platform === 'express')
              (nest as NestExpressApplication).useBodyParser('urlencoded', { limit, extended: true });
          },
        },
      );
      // As long as the gateway keeps them: a character is nine bytes in a form.
      await sellThrough(app, sandbox, { order: { extParam: '商'.repeat(128), userName: '张三' } });
      const body = `${signedForm(notifyParams())}&errMsg=${'x'.repeat(limit)}`;
      const response = await fetch(`${app.url}/pay/notify`, { method: 'POST', headers: FORM, body });
      expect(response.status).toBe(413);
    });

    it('a filter that answers every error with HTTP 200: a refused notify is not acknowledged', async () => {
      const app = await open({ providers: [{ provide: APP_FILTER, useClass: ResponseEverything }] });
      await sellThrough(app, sandbox, { refusedWith: 200 });
    });

    it('a filter for everything, with Pass2PayExceptionFilter for the module’s own errors', async () => {
      const app = await open({
        providers: [
          { provide: APP_FILTER, useClass: ResponseEverything },
          { provide: APP_FILTER, useClass: Pass2PayExceptionFilter },
        ],
      });
      await sellThrough(app, sandbox, { refusedWith: 200 });
      sandbox.inject({ kind: 'rate-limit', retryAfter: '3600' });
      const response = await fetch(`${app.url}/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ mchOrderNo: 'F1', amount: 1, registerTime: 1_622_016_572_190, custNo: 'C' }),
      });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('3600');
      expect(await response.json()).toMatchObject({ code: 'PASS2PAY_RATE_LIMIT', mchOrderNo: 'F1' });
    });

    it('all of it together', async () => {
      const app = await open(
        {
          controllers: [OrdersController, PublicNotifyController],
          providers: [
            { provide: APP_GUARD, useClass: AuthGuard },
            { provide: APP_INTERCEPTOR, useClass: WrapEverything },
            { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }) },
            { provide: APP_FILTER, useClass: ResponseEverything },
          ],
        },
        {
          configure: async (nest) => {
            await protectAndCompress(nest, platform);
            nest.setGlobalPrefix('api').enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
            nest.enableCors();
          },
        },
      );
      const way = {
        orders: '/api/v2/orders',
        notify: '/api/v2/pay/notify',
        headers: SIGNED_IN,
        unwrap,
        refusedWith: 200,
      };
      await sellThrough(app, sandbox, way);
    });
  },
);

/** Compresses even the shortest answer. */
async function protectAndCompress(app: INestApplication, platform: Platform): Promise<void> {
  if (platform === 'express') {
    app.use(helmet(), compression({ threshold: 0 }));
  } else {
    await (app as NestFastifyApplication).register(fastifyHelmet);
    await (app as NestFastifyApplication).register(fastifyCompress, { threshold: 0 });
  }
}
