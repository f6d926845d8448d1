import 'reflect-metadata';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { PayloadTooLargeException, UnauthorizedException } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import type { RawRequest } from '../../lib/notify/notify-body.js';
import type { NotifyEntrance } from '../../lib/notify/notify-entrance.js';
import type { NotifyRequest } from '../../lib/notify/notify-request.js';
import { NotifyRoute } from '../../lib/notify/notify-route.js';
import type { OutcomeProcessor } from '../../lib/outcomes/outcome-processor.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { ObservedNotify } from '../../lib/telemetry/notify-telemetry.js';
import { exchange } from './support/exchange.js';
import { lines, recordLines } from '../support/log-lines.js';
import { RecordingTelemetry } from './support/recording-telemetry.js';

const NOTIFICATION = Object.assign(new PaymentNotification(), { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', state: 2 });

/** What was asked of the entrance and the processor, in order. */
let calls: [string, ...unknown[]][];
/** What each step does beyond being recorded. */
let steps: { admit?: (request: NotifyRequest) => void; demandHandlers?: () => void; process?: () => unknown };

beforeEach(() => {
  recordLines();
  calls = [];
  steps = {};
});

const entrance = {
  admit: async (...given: unknown[]) => {
    calls.push(['admit', ...given]);
    steps.admit?.(given[1] as NotifyRequest);
    return { kind: given[0], notification: NOTIFICATION, entrance };
  },
  demandHandlers: (kind: string) => {
    calls.push(['demandHandlers', kind]);
    steps.demandHandlers?.();
  },
} as unknown as NotifyEntrance;
const outcomes = {
  process: async (notification: unknown) => {
    calls.push(['process', notification]);
    await steps.process?.();
  },
} as unknown as OutcomeProcessor;
let route: NotifyRoute;
beforeEach(() => {
  route = new NotifyRoute(entrance, outcomes);
});

const failWith = (error: unknown) => () => {
  throw error;
};
const asked = () => calls.map(([name]) => name);

/** The response to a request with a body. */
async function receive(members: Partial<RawRequest> = {}) {
  const { request, response, sent } = exchange({ rawBody: Buffer.from('a=1'), ...members });
  await route.receive('payment', request, response);
  return sent();
}

const JSON_TYPE = 'application/json; charset=utf-8';

describe('a genuine notify to the built-in route', () => {
  it('is verified, processed and then acknowledged', async () => {
    const { status, headers, texts } = await receive();
    expect(asked()).toStrictEqual(['admit', 'demandHandlers', 'process']);
    expect(calls[1]).toStrictEqual(['demandHandlers', 'payment']);
    expect(calls[2]![1]).toBe(NOTIFICATION);
    expect({ status, texts }).toStrictEqual({ status: 200, texts: ['success'] });
    expect(headers).toStrictEqual({ 'content-type': 'text/plain; charset=utf-8', 'content-length': 7 });
    expect(lines).toStrictEqual([]);
  });

  it('is verified with its body and the response', async () => {
    const { request, response } = exchange();
    request.push('a=1');
    request.push(null);
    await route.receive('transfer', request, response);
    const [, kind, read, given] = calls[0]!;
    expect(kind).toBe('transfer');
    expect(read).toMatchObject({ url: '/pay/notify', rawBody: Buffer.from('a=1') });
    expect(given).toBe(response);
  });

  it.each([
    ['the sender', { ip: '203.0.113.7' }, '203.0.113.7'],
    ['the request', undefined, '203.0.113.8'],
  ])('is verified with the address of %s', async (_whose, sender, ip) => {
    const { request, response } = exchange({ rawBody: Buffer.from('a=1'), ip: '203.0.113.8' });
    await route.receive('payment', request, response, sender);
    expect(calls[0]![2]).toMatchObject({ ip });
  });

  it.each([
    ['there is no handler', 'demandHandlers', ['admit', 'demandHandlers']],
    ['a handler fails', 'process', ['admit', 'demandHandlers', 'process']],
  ])('is not acknowledged if %s, and only the log says why', async (_what, step, expected) => {
    steps = { [step]: failWith(new Error('no stock.')) };
    const { status, headers, texts } = await receive();
    expect(asked()).toStrictEqual(expected);
    expect(status).toBe(503);
    expect(headers).toStrictEqual({ 'content-type': JSON_TYPE });
    expect(texts.map((text) => JSON.parse(text as string) as unknown)).toStrictEqual([
      {
        statusCode: 503,
        message: 'The notify could not be processed; send it again later.',
        error: 'Service Unavailable',
      },
    ]);
    expect(lines).toStrictEqual([
      'error Pass2PayNotify: payment O1 is not acknowledged, and the gateway will redeliver it: no stock',
    ]);
  });
});

describe('a refused notify to the built-in route', () => {
  it('gets the status and the text of its refusal, and is not processed', async () => {
    steps = { admit: failWith(new UnauthorizedException('Invalid notify signature.')) };
    const { status, headers, texts } = await receive();
    expect(asked()).toStrictEqual(['admit']);
    expect(status).toBe(401);
    expect(headers).toStrictEqual({ 'content-type': JSON_TYPE });
    expect(texts).toStrictEqual(['{"message":"Invalid notify signature.","error":"Unauthorized","statusCode":401}']);
    expect(lines).toStrictEqual([]);
  });

  it.each([
    ['closes the connection of HTTP/1.1', 1, { connection: 'close' }],
    ['leaves the connection of HTTP/2 to its other requests', 2, {}],
  ])('that is too large %s', async (_what, httpVersionMajor, connection) => {
    steps = { admit: failWith(new PayloadTooLargeException('The notify is too large.')) };
    const { status, headers } = await receive({ httpVersionMajor });
    expect(status).toBe(413);
    expect(headers).toStrictEqual({ 'content-type': JSON_TYPE, ...connection });
  });
});

describe('a request whose verification fails with a bug', () => {
  it('gets 500 without details, and the log has the stack', async () => {
    const error = new TypeError('a bug');
    steps = { admit: failWith(error) };
    const { status, texts } = await receive();
    expect(status).toBe(500);
    expect(texts).toStrictEqual(['{"message":"Internal Server Error","statusCode":500}']);
    expect(lines).toStrictEqual([`error Pass2PayNotify: ${error.stack}`]);
  });

  it('gets 500 for a thrown value that is not an Error', async () => {
    steps = { admit: failWith('a text') };
    expect(await receive()).toMatchObject({ status: 500 });
    expect(lines).toStrictEqual(['error Pass2PayNotify: a text']);
  });
});

it('a request whose sender disconnects gets no response and is not verified', async () => {
  const { request, response, sent } = exchange();
  const received = route.receive('payment', request, response);
  request.push('a=');
  request.emit('close');
  await received;
  expect(calls).toStrictEqual([]);
  expect(sent().texts).toStrictEqual([]);
  expect(lines).toStrictEqual([]);
});

describe('a request that was already answered', () => {
  it.each([
    ['the headers are sent', { headersSent: true, writableEnded: false }],
    ['the response has ended, but waits to be compressed', { headersSent: false, writableEnded: true }],
  ])('is not answered again if %s, and the log says so', async (_what, state) => {
    const { request, response, sent } = exchange({ rawBody: Buffer.from('a=1') });
    const { status, headers, texts } = sent();
    for (const [name, value] of Object.entries(state)) Object.defineProperty(response, name, { value });
    await route.receive('payment', request, response);
    steps = { admit: failWith(new UnauthorizedException()) };
    await route.receive('payment', request, response);
    expect(sent()).toStrictEqual({ status, headers, texts });
    expect(texts).toStrictEqual([]);
    const warning =
      'warn Pass2PayNotify: The request /pay/notify had already been answered before the notify was processed.';
    expect(lines).toStrictEqual([warning, warning]);
  });
});

describe('with telemetry', () => {
  const telemetry = new RecordingTelemetry();
  beforeAll(() => telemetry.start());
  afterAll(() => telemetry.stop());

  it('a notify is processed within its span', async () => {
    const spans: unknown[] = [];
    const note = () => void spans.push(trace.getActiveSpan());
    steps = {
      admit: (request) => new ObservedNotify('payment').accepted(request, undefined, NOTIFICATION),
      demandHandlers: note,
      process: note,
    };
    await receive();
    expect(telemetry.spans).toHaveLength(1);
    expect(spans).toStrictEqual([expect.any(Object), expect.any(Object)]);
  });
});
