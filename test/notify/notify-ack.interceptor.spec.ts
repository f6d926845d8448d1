import 'reflect-metadata';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector, type HttpAdapterHost } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { EMPTY, lastValueFrom, NEVER, of, throwError, toArray, type Observable } from 'rxjs';
import { NotifyAckInterceptor } from '../../lib/notify/notify-ack.interceptor.js';
import { noteAdmitted, type NotifyEntrance } from '../../lib/notify/notify-entrance.js';
import { PaymentNotify } from '../../lib/notify/notify-route.decorators.js';
import { ProcessingWatch } from '../../lib/outcomes/processing-watch.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { ObservedNotify } from '../../lib/telemetry/notify-telemetry.js';
import { exchange } from './support/exchange.js';
import { lines, recordLines } from '../support/log-lines.js';
import { RecordingTelemetry } from './support/recording-telemetry.js';

class Shop {
  @PaymentNotify('notify') receive() {}
  @PaymentNotify('stored', { ack: 'manual' }) store() {}
}

const NOTIFICATION = Object.assign(new PaymentNotification(), { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', state: 2 });

let events: string[];
let routes: string[];
let watched: unknown[];
let processed: Promise<void>;
let isSent: boolean;

const entrance = {
  watch: (notify: unknown) => {
    watched.push(notify);
    return new ProcessingWatch(() => void events.push('watch ended'));
  },
  processed: async (notify: unknown, watch: ProcessingWatch, route: string) => {
    expect(watched).toStrictEqual([notify]);
    expect(watch).toBeInstanceOf(ProcessingWatch);
    events.push('processing awaited');
    routes.push(route);
    await processed;
  },
} as unknown as NotifyEntrance;

/** Nest's adapter of a platform whose response is not Node's. */
const host = {
  httpAdapter: {
    isHeadersSent: () => isSent,
    setHeader: (_response: unknown, name: string, value: string) => void events.push(`${name}: ${value}`),
    reply: (_response: unknown, text: string, status: number) => void events.push(`${status} ${text}`),
  },
} as unknown as HttpAdapterHost;

beforeEach(() => {
  recordLines();
  events = [];
  routes = [];
  watched = [];
  processed = Promise.resolve();
  isSent = false;
});

const REPLY = ['Content-Type: text/plain; charset=utf-8', '200 success'];

function intercept(
  returned: Observable<unknown> | (() => Observable<unknown>),
  {
    method = 'receive',
    response = {},
    request = {},
    isAdmitted = true,
  }: { method?: 'receive' | 'store'; response?: object; request?: object; isAdmitted?: boolean } = {},
): Observable<unknown> {
  if (isAdmitted) noteAdmitted(request, { kind: 'payment', notification: NOTIFICATION, entrance });
  const context = {
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => response }),
    getClass: () => Shop,
    getHandler: () => Shop.prototype[method],
  } as unknown as ExecutionContext;
  return new NotifyAckInterceptor(host, new Reflector()).intercept(context, {
    handle: () => (typeof returned === 'function' ? returned() : returned),
  });
}

describe('a notify to a method', () => {
  it('is acknowledged once its processing has ended, and is then no longer watched', async () => {
    let end!: () => void;
    processed = new Promise((resolve) => (end = resolve));
    const done = lastValueFrom(intercept(of('whatever')));
    await Promise.resolve();
    expect(events).toStrictEqual(['processing awaited']);
    end();
    await done;
    expect(events).toStrictEqual(['processing awaited', ...REPLY, 'watch ended']);
    expect(routes).toStrictEqual(['Shop.receive']);
  });

  it.each([
    ['nothing', EMPTY],
    ['one value', of({ code: 1 })],
    ['several values', of(1, 2, 3)],
  ])('is acknowledged once if the method emits %s, of which Nest gets nothing', async (_what, returned) => {
    expect(await lastValueFrom(intercept(returned).pipe(toArray()))).toStrictEqual([undefined]);
    expect(events).toStrictEqual(['processing awaited', ...REPLY, 'watch ended']);
  });

  it('is not acknowledged if the method fails', async () => {
    const failing = intercept(throwError(() => new Error('no stock')));
    await expect(lastValueFrom(failing)).rejects.toThrow('no stock');
    expect(events).toStrictEqual(['watch ended']);
  });

  it('is not acknowledged if its processing fails', async () => {
    processed = Promise.reject(new Error('no stock'));
    await expect(lastValueFrom(intercept(of(1)))).rejects.toThrow('no stock');
    expect(events).toStrictEqual(['processing awaited', 'watch ended']);
  });

  it('is no longer watched if the request is abandoned', () => {
    intercept(NEVER).subscribe().unsubscribe();
    expect(events).toStrictEqual(['watch ended']);
  });

  it("ends without an error if the request is abandoned with ack: 'manual'", () => {
    const subscription = intercept(NEVER, { method: 'store' }).subscribe();
    expect(() => subscription.unsubscribe()).not.toThrow();
  });

  it("needs no processing with ack: 'manual'", async () => {
    await lastValueFrom(intercept(of(1), { method: 'store' }));
    expect(watched).toStrictEqual([]);
    expect(events).toStrictEqual(REPLY);
  });

  it("is not acknowledged if the method fails with ack: 'manual'", async () => {
    const failing = intercept(
      throwError(() => new Error('no queue')),
      { method: 'store' },
    );
    await expect(lastValueFrom(failing)).rejects.toThrow('no queue');
    expect(events).toStrictEqual([]);
  });

  it('needs no processing if a guard of the application replaces the module’s in a test', async () => {
    await lastValueFrom(intercept(of(1), { isAdmitted: false }));
    expect(events).toStrictEqual(REPLY);
  });
});

describe('the acknowledgement', () => {
  it('is written to Node’s response without the platform', async () => {
    const { response, sent } = exchange();
    await lastValueFrom(intercept(of(1), { response }));
    expect(sent()).toStrictEqual({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'content-length': 7 },
      texts: ['success'],
    });
    expect(events).toStrictEqual(['processing awaited', 'watch ended']);
    expect(lines).toStrictEqual([]);
  });

  it('is not sent after another response, and the log says so', async () => {
    const { response, sent } = exchange();
    isSent = true;
    await lastValueFrom(intercept(of(1), { response }));
    await lastValueFrom(intercept(of(1), { method: 'store' }));
    expect(sent().texts).toStrictEqual([]);
    expect(events).toStrictEqual(['processing awaited', 'watch ended']);
    const warning =
      'warn Pass2PayNotify: A notify was processed, but its request had already been answered before the acknowledgement.';
    expect(lines).toStrictEqual([warning, warning]);
  });
});

describe('with telemetry', () => {
  const telemetry = new RecordingTelemetry();
  beforeAll(() => telemetry.start());
  afterAll(() => telemetry.stop());

  it('the method is called within the span of its notify', async () => {
    const request = {};
    new ObservedNotify('payment').accepted(request, undefined, NOTIFICATION);
    let span: unknown;
    const handle = () => {
      span = trace.getActiveSpan();
      return of(1);
    };
    await lastValueFrom(intercept(handle, { request, isAdmitted: false }));
    expect(span).toBeDefined();
  });
});
