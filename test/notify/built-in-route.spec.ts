import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  Injectable,
  Module,
  Post,
  Req,
  RequestMethod,
  UnauthorizedException,
  ValidationPipe,
  VersioningType,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type INestApplication,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestInterceptor,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import { map } from 'rxjs';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { PaymentOutcome, TransferOutcome } from '../../lib/outcomes/outcome.js';
import type { OutcomeQueue } from '../../lib/outcomes/outcome-queue.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import type { Pass2PayModuleExtras } from '../../lib/pass2pay.module-definition.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged, recordingLogger } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const handled: (PaymentOutcome | TransferOutcome)[] = [];
let failures = 0;
let running: RunningApp | undefined;

beforeEach(() => {
  handled.length = 0;
  logged.length = 0;
  failures = 0;
});
afterEach(async () => {
  await running?.app.close();
  running = undefined;
});

@Injectable()
class Fulfilment {
  @OnPayment()
  pay(payment: PaymentOutcome) {
    if (failures-- > 0) throw new HttpException('the shop’s own words', 418);
    handled.push(payment);
  }

  @OnTransfer()
  transfer(transfer: TransferOutcome) {
    handled.push(transfer);
  }
}

const FORM = 'application/x-www-form-urlencoded';
const PATHS = { notifyPath: 'pay/notify', transferNotifyPath: 'pay/transfer-notify' };

const pass2pay = (options: Partial<Pass2PayOptions> & Pass2PayModuleExtras = PATHS) =>
  Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], ...options });

const transferParams = () =>
  notifyParams({ payOrderId: '', transferId: 'T1', entryType: 'BANK_CARD', accountNo: '6222' });

/** A POST over a socket. */
async function post(
  body: string | Buffer,
  {
    path = '/pay/notify',
    query = '',
    contentType = FORM,
  }: { path?: string; query?: string; contentType?: string } = {},
) {
  const response = await fetch(`${running!.url}${path}${query}`, {
    method: 'POST',
    headers: { 'Content-Type': contentType },
    body,
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

const SUCCESS = { status: 200, type: 'text/plain; charset=utf-8', text: 'success' };
const JSON_TYPE = 'application/json; charset=utf-8';
const refused = (status: number, error: string, message: string) => ({
  status,
  type: JSON_TYPE,
  text: JSON.stringify({ message, error, statusCode: status }),
});
const FORGED = refused(401, 'Unauthorized', 'Invalid notify signature.');

const cells = PLATFORMS.flatMap((platform) =>
  (['parsed', 'raw kept', 'no parser'] as const).map((bodies) => ({ platform, bodies })),
);

describe.each(cells)('the built-in route on $platform, bodies: $bodies', ({ platform, bodies }) => {
  async function start(
    metadata: ModuleMetadata = {},
    configure?: (app: INestApplication) => unknown,
    registered = pass2pay(),
  ): Promise<void> {
    running = await startApp(
      {
        providers: [Fulfilment, ...(metadata.providers ?? [])],
        ...metadata,
        imports: [registered, ...(metadata.imports ?? [])],
      },
      { platform, rawBody: bodies === 'raw kept', bodyParser: bodies !== 'no parser', ...(configure && { configure }) },
    );
  }

  it.each([
    ['a form', () => post(signedForm(notifyParams()))],
    ['a query', () => post('', { query: `?${signedForm(notifyParams())}` })],
    [
      'JSON',
      () => {
        const params = notifyParams();
        const body = JSON.stringify({ ...params, sign: sign(params, MERCHANT.secrets) });
        return post(body, { contentType: 'application/json' });
      },
    ],
  ])('processes and acknowledges a genuine notify as %s', async (_how, send) => {
    await start();
    expect(await send()).toEqual(SUCCESS);
    expect(handled).toMatchObject([
      { payOrderId: 'P1795063328371040258', mchOrderNo: 'O1', amount: 5, subject: '商品' },
    ]);
    expect(handled[0]).toBeInstanceOf(PaymentOutcome);
  });

  it('has a route for transfers', async () => {
    await start();
    expect(await post(signedForm(transferParams()), { path: '/pay/transfer-notify' })).toEqual(SUCCESS);
    expect(handled[0]).toBeInstanceOf(TransferOutcome);
    expect(await post(signedForm(transferParams()))).toEqual(FORGED);
  });

  it('refuses a forged one, and nothing at all, without a word of why', async () => {
    await start();
    expect(await post(signedForm(notifyParams()).replace('amount=5', 'amount=1'))).toEqual(FORGED);
    expect(await post('')).toEqual(FORGED);
    expect(handled).toEqual([]);
    expect(logged.filter((line) => line.includes('A notify was refused'))).toHaveLength(2);
  });

  it('answers 503 where a handler fails, without its words, and success when it comes again', async () => {
    await start();
    failures = 1;
    const later = refused(503, 'Service Unavailable', 'The notify could not be processed; send it again later.');
    expect(await post(signedForm(notifyParams()))).toEqual(later);
    expect(logged.join('\n')).toMatch(/payment O1 is not acknowledged, .*: the shop’s own words/);
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(handled).toHaveLength(1);
  });

  it('answers 503 where it cannot be confirmed', async () => {
    await start({}, undefined, pass2pay({ ...PATHS, confirmNotify: 'always', retries: 0 }));
    expect(await post(signedForm(notifyParams()))).toEqual(
      refused(503, 'Service Unavailable', 'The notify cannot be confirmed now; send it again later.'),
    );
  });

  it('answers 503 where the merchant has no such order', async () => {
    const merchantOrders = { find: async () => null, pending: async () => [] };
    await start({}, undefined, pass2pay({ ...PATHS, merchantOrders }));
    expect(await post(signedForm(notifyParams()))).toMatchObject({ status: 503, type: JSON_TYPE });
  });

  it('answers 413 to what is larger than a notify can be', async () => {
    await start();
    const tooLarge = refused(413, 'Payload Too Large', 'The notify is too large.');
    expect(await post(`${signedForm(notifyParams())}&x=${'x'.repeat(65_536)}`)).toEqual(tooLarge);
    expect(handled).toEqual([]);
  });

  it('takes a body that comes in pieces, and forgets one that never ends', async () => {
    await start();
    const form = signedForm(notifyParams());
    const headers = { 'Content-Type': FORM, 'Content-Length': form.length };
    const sent = httpRequest(`${running!.url}/pay/notify`, { method: 'POST', headers });
    const answered = new Promise<IncomingMessage>((resolve) => sent.once('response', resolve));
    for (const piece of form.match(/.{1,97}/g)!) {
      sent.write(piece);
      await setImmediate();
    }
    sent.end();
    const response = await answered;
    expect(response.statusCode).toBe(200);
    response.resume();

    const cut = httpRequest(`${running!.url}/pay/notify`, { method: 'POST', headers });
    const gone = new Promise((resolve) => cut.once('close', resolve));
    cut.on('error', () => {});
    cut.write('state=2');
    await new Promise<void>((resolve) => cut.once('socket', (socket) => socket.once('connect', () => resolve())));
    cut.destroy();
    await gone;
    expect(await post(form)).toEqual(SUCCESS);
  });

  it('answers to POST at its path alone', async () => {
    await start();
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(`${running!.url}/pay/notify`, { method });
      expect([method, response.status]).toEqual([method, 404]);
    }
    expect((await post(signedForm(notifyParams()), { path: '/pay/notify/more' })).status).toBe(404);
    expect((await post(signedForm(notifyParams()), { path: '/other' })).status).toBe(404);
    expect(handled).toEqual([]);
  });

  it('takes its path with a slash at the end as well, and handles a notify once', async () => {
    await start();
    expect(await post(signedForm(notifyParams()), { path: '/pay/notify/' })).toEqual(SUCCESS);
    const forged = signedForm(notifyParams()).replace('amount=5', 'amount=1');
    expect(await post(forged, { path: '/pay/notify/' })).toEqual(FORGED);
    expect(await post(signedForm(transferParams()), { path: '/pay/transfer-notify/' })).toEqual(SUCCESS);
    expect(handled).toHaveLength(2);
  });

  it('marks its refusals, so that the doctor knows them', async () => {
    await start();
    const answer = async (body: string) =>
      (await fetch(`${running!.url}/pay/notify`, { method: 'POST', headers: { 'Content-Type': FORM }, body })).headers;
    expect((await answer('x=1')).get('pass2pay-notify')).toBe('refused');
    expect((await answer(`x=${'x'.repeat(65_536)}`)).get('pass2pay-notify')).toBe('refused');
    expect((await answer(signedForm(notifyParams()))).get('pass2pay-notify')).toBeNull();
  });

  it('leaves other routes as they are', async () => {
    @Controller('pay')
    class OtherController {
      @Post('other')
      other() {
        return 'other';
      }
      @Get('notify')
      page() {
        return 'page';
      }
    }
    await start({ controllers: [OtherController] });
    expect(await (await fetch(`${running!.url}/pay/other`, { method: 'POST' })).text()).toBe('other');
    expect(await (await fetch(`${running!.url}/pay/notify`)).text()).toBe('page');
  });
});

describe.each(PLATFORMS)('the built-in route on %s', (platform) => {
  const start = async (
    metadata: ModuleMetadata,
    configure?: (app: INestApplication) => unknown,
  ): Promise<RunningApp> => {
    running = await startApp(
      { ...metadata, providers: [Fulfilment, ...(metadata.providers ?? [])] },
      { platform, ...(configure && { configure }) },
    );
    return running;
  };

  it.each([
    ['the global prefix', { prefix: 'api', exclude: [] }, '/api/pay/notify', '/pay/notify'],
    ['a prefix with slashes', { prefix: '/api/v1/', exclude: [] }, '/api/v1/pay/notify', '/api/pay/notify'],
    [
      'an exclusion of another method',
      { prefix: 'api', exclude: [{ path: 'pay/notify', method: RequestMethod.GET }] },
      '/api/pay/notify',
      '/pay/notify',
    ],
    ['an exclusion from it', { prefix: 'api', exclude: ['pay/notify'] }, '/pay/notify', '/api/pay/notify'],
    [
      'an exclusion of its method',
      { prefix: 'api', exclude: [{ path: 'pay/notify', method: RequestMethod.POST }] },
      '/pay/notify',
      '/api/pay/notify',
    ],
  ])('goes by %s', async (_what, { prefix, exclude }, there, notThere) => {
    await start({ imports: [pass2pay()] }, (app) => app.setGlobalPrefix(prefix, { exclude }));
    for (const end of ['', '/']) {
      expect(await post(signedForm(notifyParams()), { path: there + end })).toEqual(SUCCESS);
      expect((await post(signedForm(notifyParams()), { path: notThere + end })).status).toBe(404);
    }
  });

  it.each([
    ['URI', { type: VersioningType.URI, defaultVersion: '1' } as const],
    ['header', { type: VersioningType.HEADER, header: 'X-Version', defaultVersion: '1' } as const],
  ])('has no version, whatever the application’s %s versioning', async (_how, versioning) => {
    await start({ imports: [pass2pay()] }, (app) => app.enableVersioning(versioning));
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
  });

  it('is neither broken nor reached by global guards, pipes, interceptors and filters', async () => {
    const reached: string[] = [];
    @Injectable()
    class Guard implements CanActivate {
      canActivate(): boolean {
        reached.push('guard');
        throw new UnauthorizedException('Sign in first.');
      }
    }
    @Injectable()
    class Wrap implements NestInterceptor {
      intercept(_context: unknown, next: CallHandler) {
        reached.push('interceptor');
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    @Catch()
    class Filter implements ExceptionFilter {
      catch() {
        reached.push('filter');
      }
    }
    await start({
      imports: [pass2pay()],
      providers: [
        { provide: APP_GUARD, useClass: Guard },
        { provide: APP_INTERCEPTOR, useClass: Wrap },
        { provide: APP_FILTER, useClass: Filter },
        { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }) },
      ],
    });
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(await post('x=1')).toEqual(FORGED);
    expect(reached).toEqual([]);
  });

  it.each([true, false])('runs after the application’s own middleware, isGlobal: %p', async (isGlobal) => {
    const seen: string[] = [];
    @Module({ imports: [pass2pay({ ...PATHS, isGlobal })] })
    class ShopModule {
      configure(consumer: MiddlewareConsumer) {
        const note = (request: IncomingMessage, _response: ServerResponse, next: () => void) => {
          seen.push(String(request.method));
          next();
        };
        consumer.apply(note).forRoutes('{*path}');
      }
    }
    await start({ imports: [ShopModule] }, (app) => app.use(compression({ threshold: 0 })));
    const response = await fetch(`${running!.url}/pay/notify`, {
      method: 'POST',
      headers: { 'Content-Type': FORM, 'Accept-Encoding': 'gzip' },
      body: signedForm(notifyParams()),
    });
    expect(await response.text()).toBe('success');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(seen).toEqual(['POST']);
  });

  it('of named instances have their own paths and merchants', async () => {
    const eu = { mchNo: 'M2', appId: 'A2', secrets: 'another secret 0123456789' };
    await start({
      imports: [pass2pay(), pass2pay({ name: 'eu', notifyPath: '/eu/notify/', merchants: [eu] })],
    });
    const { mchNo, appId, secrets } = eu;
    const ofEu = signedForm(notifyParams({ mchNo, appId }), secrets);
    expect(await post(ofEu, { path: '/eu/notify' })).toEqual(SUCCESS);
    expect(await post(ofEu)).toEqual(FORGED);
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(logged.join('\n')).toContain('Receives payment notifies at POST /eu/notify');
  });

  it('is given beside the options of forRootAsync too', async () => {
    const options = { baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }] };
    await start({ imports: [Pass2PayModule.forRootAsync({ ...PATHS, useFactory: () => options })] });
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
  });

  it('keeps what no handler would get unacknowledged, and the start warns', async () => {
    running = await startApp({ imports: [pass2pay()] }, { platform });
    expect((await post(signedForm(notifyParams()))).status).toBe(503);
    const lines = logged.join('\n');
    expect(lines).toMatch(/notifyPath mounts a route for payment notifies, but no provider has .*@OnPayment\(\)/);
    expect(lines).toMatch(/transferNotifyPath mounts a route for transfer notifies, .*@OnTransfer\(\)/);
    expect(lines).toMatch(/payment O1 is not acknowledged, .*no provider has a method decorated with @OnPayment\(\)/);
  });

  it('acknowledges what a queue keeps for the workers of another process', async () => {
    const kept: unknown[] = [];
    const outcomeQueue: OutcomeQueue = {
      add: async (event) => void kept.push(event.data.mchOrderNo),
      start: async () => {},
      close: async () => {},
    };
    running = await startApp({ imports: [pass2pay({ ...PATHS, outcomeQueue })] }, { platform });
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(kept).toEqual(['O1']);
  });
});

describe('the built-in route on Fastify', () => {
  it('costs other routes nothing: it is not middleware, which Nest would run for each request', async () => {
    @Controller('pay')
    class OtherController {
      @Get('other')
      other(@Req() { raw }: { raw: object }) {
        return { hasRunMiddleware: 'originalUrl' in raw };
      }
    }
    running = await startApp({ imports: [pass2pay()], controllers: [OtherController] }, { platform: 'fastify' });
    expect(await (await fetch(`${running.url}/pay/other`)).json()).toEqual({ hasRunMiddleware: false });
  });

  it('responds after the onRequest hooks of the application', async () => {
    const seen: string[] = [];
    const configure = (app: INestApplication) => {
      const fastify = app.getHttpAdapter().getInstance() as {
        addHook(
          name: 'onRequest',
          hook: (
            request: { url: string },
            reply: { code(status: number): { send(text: string): unknown } },
          ) => Promise<void>,
        ): void;
      };
      fastify.addHook('onRequest', async ({ url }, reply) => {
        seen.push(url);
        if (url.endsWith('?blocked')) await reply.code(403).send('blocked');
      });
    };
    running = await startApp({ imports: [pass2pay()], providers: [Fulfilment] }, { platform: 'fastify', configure });
    expect(await post(signedForm(notifyParams()))).toEqual(SUCCESS);
    expect(await post(signedForm(notifyParams()), { query: '?blocked' })).toMatchObject({ status: 403 });
    expect(seen).toEqual(['/pay/notify', '/pay/notify?blocked']);
    expect(handled).toHaveLength(1);
  });

  it('has one path where Fastify ignores a slash at the end', async () => {
    const routerOptions = { ignoreTrailingSlash: true };
    running = await startApp(
      { imports: [pass2pay()], providers: [Fulfilment] },
      { platform: 'fastify', routerOptions },
    );
    for (const end of ['', '/']) {
      expect(await post(signedForm(notifyParams()), { path: `/pay/notify${end}` })).toEqual(SUCCESS);
    }
    expect(handled).toHaveLength(1);
  });

  it('is refused at the start where the application has its path', async () => {
    @Controller('pay')
    class PayController {
      @Post('notify')
      receive() {}
    }
    const metadata = { imports: [pass2pay()], controllers: [PayController] };
    await expect(startApp(metadata, { platform: 'fastify' })).rejects.toThrow(
      'notifyPath is mounted at POST /pay/notify, but the application has this route already; remove it, or choose another path',
    );
  });
});

describe('at start', () => {
  const start = async (...imports: NonNullable<ModuleMetadata['imports']>) => {
    running = await startApp({ imports, providers: [Fulfilment] });
  };

  it.each([
    ['two instances', () => [pass2pay(), pass2pay({ name: 'eu', notifyPath: 'Pay/notify/' })], 'notifyPath is '],
    ['two kinds', () => [pass2pay({ notifyPath: 'n', transferNotifyPath: '/n' })], 'transferNotifyPath is n'],
  ])('one path for %s is refused', async (_what, imports, message) => {
    await expect(start(...imports())).rejects.toThrow(
      new RegExp(`${message}.*, which is used twice; give each kind and each instance its own path`, 's'),
    );
  });

  it.each(['', '/', 'pay/:id', 'pay/*', 'https://shop.example/pay', 'pay notify', 'pay?x=1', 5])(
    'the path %p is refused',
    async (notifyPath) => {
      await expect(start(pass2pay({ notifyPath: notifyPath as string }))).rejects.toThrow(
        /notifyPath must be a path such as pay\/notify/,
      );
    },
  );

  it.each([
    ['https://shop.example/pay/notify', false],
    ['https://shop.example/api/pay/notify/', false],
    ['https://shop.example/pay/hook', true],
    ['https://shop.example/prepay/notify', true],
  ])('notifyUrl %s warns: %p', async (notifyUrl, warns) => {
    await start(pass2pay({ ...PATHS, notifyUrl }));
    expect(logged.some((line) => line.includes('which does not end in /pay/notify'))).toBe(warns);
  });

  it('a controller’s route that it stands before is told', async () => {
    @Controller('/pay')
    class NotifyController {
      @PaymentNotify('/notify/')
      receive() {}
    }
    running = await startApp({ imports: [pass2pay()], controllers: [NotifyController], providers: [Fulfilment] });
    expect(logged.join('\n')).toContain(
      'NotifyController.receive is never called, because notifyPath has the same path',
    );
  });

  it('an application without HTTP has none, and starts', async () => {
    @Module({ imports: [pass2pay()], providers: [Fulfilment] })
    class WorkerModule {}
    const context = await NestFactory.createApplicationContext(WorkerModule, { logger: recordingLogger });
    expect(logged.join('\n')).not.toContain('Receives payment notifies');
    await context.close();
  });
});
