import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Controller, Injectable, ValidationPipe, type INestApplication, type ModuleMetadata } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import compression from 'compression';
import { NotifyPayload } from '../../lib/notify/notify-payload.decorator.js';
import { PaymentNotify, TransferNotify } from '../../lib/notify/notify-route.decorators.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import type { OutcomeQueue } from '../../lib/outcomes/outcome-queue.js';
import { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { Pass2PayModule } from '../../lib/pass2pay.module.js';
import type { Pass2PayOptions } from '../../lib/pass2pay.options.js';
import { InjectPass2Pay } from '../../lib/pass2pay.tokens.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { PLATFORMS, startApp, type RunningApp } from '../support/nest-app.js';
import { logged } from '../support/recording-logger.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';

const events: string[] = [];
const unhandled: unknown[] = [];
let running: RunningApp | undefined;
let failures = 0;
let pending: Promise<unknown> = Promise.resolve();

const remember = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  events.length = 0;
  unhandled.length = 0;
  logged.length = 0;
  failures = 0;
  pending = Promise.resolve();
  process.on('unhandledRejection', remember);
});
afterEach(async () => {
  await running?.app.close();
  running = undefined;
  process.off('unhandledRejection', remember);
  expect(unhandled).toEqual([]);
});

@Injectable()
class Fulfilment {
  @OnPayment()
  @OnTransfer()
  async handle() {
    await pending;
    if (failures-- > 0) throw new Error('out of stock');
    events.push('handled');
  }
}

@Injectable()
abstract class Dispatching {
  constructor(protected readonly outcomes: OutcomeProcessor) {}
}

@Controller('pay')
class Forgetful extends Dispatching {
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    void this.outcomes.process(payment);
  }

  @TransferNotify('transfer-notify')
  receiveTransfer(@NotifyPayload() transfer: TransferNotification) {
    void this.outcomes.process(transfer);
  }
}

@Controller('pay')
class Silent {
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    events.push(`heard of ${payment.mchOrderNo}`);
  }

  @TransferNotify('transfer-notify')
  receiveTransfer() {}
}

@Controller('pay')
class Manual {
  @PaymentNotify('notify', { ack: 'manual' })
  async receive() {
    if (failures-- > 0) throw new Error('the queue is away');
    events.push('kept');
  }

  @TransferNotify('transfer-notify', { ack: 'manual' })
  receiveTransfer() {}
}

@Controller('pay')
class Copying extends Dispatching {
  @PaymentNotify('notify')
  receive(@NotifyPayload() payment: PaymentNotification) {
    return this.outcomes.process({ ...payment });
  }
}

@Controller('pay')
class Swallowing extends Dispatching {
  @PaymentNotify('notify')
  async receive(@NotifyPayload() payment: PaymentNotification) {
    await this.outcomes.process(payment).catch(() => 'whatever');
  }
}

@Controller('pay')
class Repeating extends Dispatching {
  @PaymentNotify('notify')
  async receive(@NotifyPayload() payment: PaymentNotification) {
    await this.outcomes.process(payment).catch(() => this.outcomes.process(payment));
  }
}

@Controller('eu')
class NamedForgetful {
  constructor(@InjectPass2Pay(OutcomeProcessor, 'eu') private readonly outcomes: OutcomeProcessor) {}

  @PaymentNotify('notify', { instance: 'eu' })
  receive(@NotifyPayload() payment: PaymentNotification) {
    void this.outcomes.process(payment);
  }
}

const pass2pay = (options: Partial<Pass2PayOptions> & { name?: string } = {}) =>
  Pass2PayModule.forRoot({ baseUrl: 'http://127.0.0.1:9', merchants: [{ ...MERCHANT }], ...options });

const transferParams = () =>
  notifyParams({ payOrderId: '', transferId: 'T1', entryType: 'BANK_CARD', accountNo: '6222' });

describe.each(PLATFORMS)('on %s', (platform) => {
  async function start(
    metadata: ModuleMetadata,
    { options, configure }: { options?: Partial<Pass2PayOptions>; configure?: (app: INestApplication) => unknown } = {},
  ): Promise<void> {
    running = await startApp(
      { providers: [Fulfilment], ...metadata, imports: [pass2pay(options), ...(metadata.imports ?? [])] },
      { platform, ...(configure !== undefined && { configure }) },
    );
  }

  async function notify({ path = 'pay/notify', params = notifyParams() } = {}) {
    const response = await fetch(`${running!.url}/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: signedForm(params),
    });
    const text = await response.text();
    events.push(`answered ${response.status}`);
    return { status: response.status, text };
  }
  const transferNotify = () => notify({ path: 'pay/transfer-notify', params: transferParams() });
  const SUCCESS = { status: 200, text: 'success' };

  describe('A9: a controller that does not wait for process', () => {
    it('is acknowledged after the handlers have succeeded', async () => {
      await start({ controllers: [Forgetful] });
      let go!: () => void;
      pending = new Promise<void>((resolve) => {
        go = resolve;
      });
      const answered = notify();
      // A request to another route is answered meanwhile, as it would be were the notify's own answer under way.
      await fetch(running!.url);
      expect(events).toEqual([]);
      go();
      expect(await answered).toEqual(SUCCESS);
      expect(await transferNotify()).toEqual(SUCCESS);
      expect(events).toEqual(['handled', 'answered 200', 'handled', 'answered 200']);
    });

    it('is not acknowledged where a handler fails, and acknowledged when it succeeds', async () => {
      await start({ controllers: [Forgetful] });
      failures = 1;
      expect((await notify()).status).toBe(500);
      expect(await notify()).toEqual(SUCCESS);
      expect(await notify()).toEqual(SUCCESS);
      expect(events).toEqual(['answered 500', 'handled', 'answered 200', 'answered 200']);
    });

    it('is not acknowledged where the merchant has no such order', async () => {
      const merchantOrders = { find: async () => null, pending: async () => [] };
      await start({ controllers: [Forgetful] }, { options: { merchantOrders } });
      expect((await notify()).status).toBe(503);
    });

    it('is not acknowledged where it hides a failure', async () => {
      await start({ controllers: [Swallowing] });
      failures = 1;
      expect((await notify()).status).toBe(500);
      expect(await notify()).toEqual(SUCCESS);
    });

    it('is acknowledged where its own second try succeeds', async () => {
      await start({ controllers: [Repeating] });
      failures = 1;
      expect(await notify()).toEqual(SUCCESS);
      expect(events).toEqual(['handled', 'answered 200']);
    });

    it('of a named instance neither', async () => {
      await start({ imports: [pass2pay({ name: 'eu' })], controllers: [NamedForgetful] });
      failures = 1;
      expect((await notify({ path: 'eu/notify' })).status).toBe(500);
      expect(await notify({ path: 'eu/notify' })).toEqual(SUCCESS);
    });

    it.each([
      ['in the controller', Copying, undefined],
      ['by a pipe', Forgetful, new ValidationPipe({ transform: true, validateCustomDecorators: true })],
    ] as const)('may hand on a copy, made %s', async (_where, controller, pipe) => {
      await start(
        { controllers: [controller] },
        { configure: (app) => (pipe === undefined ? app : app.useGlobalPipes(pipe)) },
      );
      expect(await notify()).toEqual(SUCCESS);
      expect(events).toEqual(['handled', 'answered 200']);
    });
  });

  describe('A18: a controller that never calls process', () => {
    it.each([
      ['payment', () => notify(), 'Silent.receive', '@PaymentNotify'],
      ['transfer', transferNotify, 'Silent.receiveTransfer', '@TransferNotify'],
    ] as const)('acknowledges no %s, and the log says why', async (kind, send, route, decorator) => {
      await start({ controllers: [Silent] });
      expect(await send()).toMatchObject({ status: 503, text: expect.not.stringContaining('process(') });
      const line = logged.find((each) => each.includes('without processing'));
      expect(line).toContain(`${route} ended without processing ${kind} O1`);
      expect(line).toContain('Return this.outcomes.process(notification)');
      expect(line).toContain(`${decorator}(path, { ack: 'manual' })`);
    });

    it('acknowledges none where workers of a queue would handle it', async () => {
      const outcomeQueue: OutcomeQueue = { add: async () => {}, start: async () => {}, close: async () => {} };
      await start({ controllers: [Silent], providers: [] }, { options: { outcomeQueue } });
      expect((await notify()).status).toBe(503);
    });

    it('acknowledges by itself where nothing else handles outcomes, and the start warns', async () => {
      await start({ controllers: [Silent], providers: [] });
      expect(await notify()).toEqual(SUCCESS);
      expect(logged.join('\n')).toContain('Silent.receive receives payment notifies, but no provider');
    });

    it('is told apart from another notify that is processed meanwhile', async () => {
      await start({ controllers: [Silent] });
      let go!: () => void;
      pending = new Promise<void>((resolve) => {
        go = resolve;
      });
      const other = Object.assign(new PaymentNotification(), {
        payOrderId: 'P2',
        mchOrderNo: 'O2',
        mchNo: 'M1',
        appId: 'A1',
        amount: 5,
        currency: 'cny',
        state: 2,
      });
      const processing = running!.app.get(OutcomeProcessor).process(other);
      expect((await notify()).status).toBe(503);
      go();
      expect(await processing).toBe('applied');
    });
  });

  describe("A9: { ack: 'manual' }", () => {
    it('demands nothing of the method but its success, and the start does not warn', async () => {
      await start({ controllers: [Manual] });
      expect(await notify()).toEqual(SUCCESS);
      expect(await transferNotify()).toEqual(SUCCESS);
      failures = 1;
      expect((await notify()).status).toBe(500);
      expect(events).toEqual(['kept', 'answered 200', 'answered 200', 'answered 500']);
    });

    it('has the start warn of no missing handler', async () => {
      await start({ controllers: [Manual], providers: [] });
      expect(await notify()).toEqual(SUCCESS);
      expect(logged.join('\n')).not.toContain('no provider has a method');
    });
  });

  describe('A10: the acknowledgement is sent whatever middleware has replaced', () => {
    type Method = 'writeHead' | 'setHeader' | 'end' | 'write';

    /** As on-headers 1.0: calls the method that was there, and returns nothing. */
    const replacing =
      (...methods: Method[]) =>
      (_request: IncomingMessage, response: ServerResponse, next: () => void) => {
        for (const method of methods) {
          const original = response[method].bind(response) as (...args: unknown[]) => unknown;
          Object.assign(response, { [method]: (...args: unknown[]) => void original(...args) });
        }
        next();
      };

    it.each([
      ['writeHead that returns nothing', replacing('writeHead')],
      ['end that returns nothing', replacing('end')],
      ['all of them', replacing('writeHead', 'setHeader', 'end', 'write')],
      ['compression of everything', compression({ threshold: 0 })],
    ])('%s', async (_what, middleware) => {
      await start({ controllers: [Forgetful] }, { configure: (app) => app.use(middleware) });
      expect(await notify()).toEqual(SUCCESS);
      expect(events).toEqual(['handled', 'answered 200']);
    });

    it('and is told in the log where the request was answered before', async () => {
      await start(
        { controllers: [Forgetful] },
        {
          configure: (app) =>
            app.use((_request: unknown, response: ServerResponse, next: () => void) => {
              response.statusCode = 504;
              response.end('too late');
              next();
            }),
        },
      );
      expect(await notify()).toEqual({ status: 504, text: 'too late' });
      // Fastify runs no route then.
      if (platform === 'fastify') return;
      while (!logged.some((line) => line.includes('its request had already been answered'))) await setImmediate();
    });
  });
});
