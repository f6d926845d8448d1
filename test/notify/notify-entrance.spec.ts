import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HttpException } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import FakeTimers from '@sinonjs/fake-timers';
import { Pass2PayTimeoutError } from '../../lib/errors/pass2pay.errors.js';
import { MerchantDirectory } from '../../lib/merchants/merchant-directory.js';
import { SecretRotation } from '../../lib/merchants/secret-rotation.js';
import { AllowedAddresses } from '../../lib/notify/allowed-addresses.js';
import { admittedNotify, noteAdmitted, NotifyEntrance } from '../../lib/notify/notify-entrance.js';
import type { NotifyRequest } from '../../lib/notify/notify-request.js';
import { RefusalLog } from '../../lib/notify/refusal-log.js';
import { arrivalOf } from '../../lib/outcomes/arrivals.js';
import { OnPayment, OnTransfer } from '../../lib/outcomes/handler.decorators.js';
import { outcomeEvent, type ProcessResult } from '../../lib/outcomes/outcome.js';
import type { ResolvedOutcomesOptions } from '../../lib/outcomes/outcomes.options.js';
import { ProcessingWatches } from '../../lib/outcomes/processing-watch.js';
import type { Reconciler } from '../../lib/outcomes/reconciler.js';
import { PaymentNotification } from '../../lib/payments/payment-notification.js';
import { NotifyRefusal, type ClaimedOrder } from '../../lib/protocol/notify/notify-refusal.js';
import { TransferNotification } from '../../lib/transfers/transfer-notification.js';
import { NoConfirmation } from '../../lib/verification/no-confirmation.js';
import { NotifyVerifier } from '../../lib/verification/notify-verifier.js';
import { explored } from '../outcomes/support/explored.js';
import { MERCHANT, notifyParams, signedForm } from '../support/test-merchant.js';
import { lines, recordLines } from '../support/log-lines.js';
import { RecordingTelemetry } from './support/recording-telemetry.js';

const QUEUE = {} as NonNullable<ResolvedOutcomesOptions['outcomeQueue']>;

class PaymentShop {
  @OnPayment() ship() {}
}
class TransferShop {
  @OnTransfer() note() {}
}
const SHOPS = { payment: new PaymentShop(), transfer: new TransferShop() };
const OTHER = { payment: 'transfer', transfer: 'payment' } as const;

/** Confirms every notify by a query. */
class Confirming extends NoConfirmation {
  constructor(private readonly query: () => Promise<void>) {
    super();
  }

  override isNeeded(): boolean {
    return true;
  }

  override async confirmPayment(): Promise<never> {
    await this.query();
    return Object.assign(new PaymentNotification(), { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', state: 2 }) as never;
  }
}

const TRANSFER = { payOrderId: '', transferId: 'T1', entryType: 'BANK_CARD', accountNo: '6222' };
const paymentForm = (changes: Record<string, string> = {}) => signedForm(notifyParams(changes));
const transferForm = () => signedForm(notifyParams(TRANSFER));
const forged = () => signedForm(notifyParams(), 'a secret of somebody else');

function requestWith(body: string, ip?: string): NotifyRequest {
  return {
    url: '/pay/notify',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    rawBody: Buffer.from(body),
    ip,
  };
}

/** A response that records its headers. */
class Marks {
  readonly headers: [string, string][] = [];
  setHeader(...header: [string, string]) {
    this.headers.push(header);
  }
}

let lookedAt: ClaimedOrder[];
let watches: ProcessingWatches;
let response: Marks;

interface Settings {
  handlers?: readonly object[];
  allowed?: string[];
  query?: () => Promise<void>;
  outcomeQueue?: typeof QUEUE;
}

function entranceWith({ handlers = [], allowed, query, outcomeQueue }: Settings = {}): NotifyEntrance {
  const verifier = new NotifyVerifier(
    new MerchantDirectory([{ ...MERCHANT }]),
    new SecretRotation(),
    query === undefined ? new NoConfirmation() : new Confirming(query),
    { warn: () => {} },
  );
  const addresses = new AllowedAddresses({
    confirmNotify: 'suspicious',
    ...(allowed !== undefined && { allowedNotifyAddresses: allowed }),
  });
  const reconciler = { lookAtSoon: (order: ClaimedOrder) => void lookedAt.push(order) } as unknown as Reconciler;
  const options = { outcomeQueue } as unknown as ResolvedOutcomesOptions;
  return new NotifyEntrance(verifier, explored(...handlers), watches, reconciler, new RefusalLog(), addresses, options);
}

beforeEach(() => {
  recordLines();
  lookedAt = [];
  watches = new ProcessingWatches();
  response = new Marks();
});

/** What admitting a request throws. */
async function refusalOf(request: NotifyRequest, entrance = entranceWith()): Promise<HttpException> {
  const error: unknown = await entrance.admit('payment', request, response).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(HttpException);
  return error as HttpException;
}

describe('a genuine notify', () => {
  it.each([
    ['payment', paymentForm(), PaymentNotification],
    ['transfer', transferForm(), TransferNotification],
  ] as const)('of a %s is accepted with its notification', async (kind, body, type) => {
    const entrance = entranceWith();
    const notify = await entrance.admit(kind, requestWith(body), response);
    expect(notify).toMatchObject({ kind, notification: { mchOrderNo: 'O1', amount: 5 } });
    expect(notify.notification).toBeInstanceOf(type);
    expect(notify.entrance).toBe(entrance);
  });

  it('is neither logged, nor marked as refused, nor queried', async () => {
    await entranceWith().admit('payment', requestWith(paymentForm()), response);
    expect(lines).toStrictEqual([]);
    expect(response.headers).toStrictEqual([]);
    expect(lookedAt).toStrictEqual([]);
  });

  it.each([
    ['payment', transferForm()],
    ['transfer', paymentForm()],
  ] as const)('of the other kind is refused by a %s route', async (kind, body) => {
    await expect(entranceWith().admit(kind, requestWith(body), response)).rejects.toMatchObject({ status: 401 });
  });

  it('has arrived before its verification began', async () => {
    const clock = FakeTimers.install({ toFake: ['performance'] });
    try {
      const arrivedAt = performance.now();
      const query = async () => void clock.tick(500);
      const { notification } = await entranceWith({ query }).admit('payment', requestWith(paymentForm()), response);
      expect(performance.now()).toBe(arrivedAt + 500);
      expect(arrivalOf(notification)).toBe(arrivedAt);
    } finally {
      clock.uninstall();
    }
  });

  it('is accepted from an allowed address', async () => {
    const entrance = entranceWith({ allowed: ['203.0.113.7'] });
    await expect(entrance.admit('payment', requestWith(paymentForm(), '203.0.113.7'), response)).resolves.toBeDefined();
  });
});

describe('a refused notify', () => {
  it('gets 401 without details; the log has the reason', async () => {
    const error = await refusalOf(requestWith(forged()));
    expect(error.getStatus()).toBe(401);
    expect(error.getResponse()).toEqual({
      statusCode: 401,
      message: 'Invalid notify signature.',
      error: 'Unauthorized',
    });
    expect(error.cause).toBeInstanceOf(NotifyRefusal);
    expect(error.cause).toMatchObject({ reason: 'bad-signature' });
    expect(lines).toStrictEqual([
      expect.stringMatching(/^warn Pass2PayNotify: A notify was refused \(bad-signature\): .*app A1, merchant M1/),
    ]);
  });

  it('gets 413 if it is too large', async () => {
    const error = await refusalOf(requestWith(paymentForm({ body: 'x'.repeat(12 * 1024) })));
    expect(error.getStatus()).toBe(413);
    expect(error.getResponse()).toEqual({
      statusCode: 413,
      message: 'The notify is too large.',
      error: 'Payload Too Large',
    });
    expect(error.cause).toMatchObject({ reason: 'too-large' });
  });

  it('is marked, so that pass2pay doctor recognises the refusal', async () => {
    await refusalOf(requestWith(forged()));
    expect(response.headers).toStrictEqual([['Pass2Pay-Notify', 'refused']]);
  });

  it('costs no stack trace, and later errors have theirs', async () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 7;
    try {
      for (const body of [forged(), 'x'.repeat(13_000)]) {
        const error = await refusalOf(requestWith(body));
        expect(error.stack).not.toContain('    at ');
        expect(Error.stackTraceLimit).toBe(7);
      }
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  });

  it('has its order queried soon, because it may be genuine', async () => {
    await refusalOf(requestWith(forged()));
    expect(lookedAt).toStrictEqual([{ kind: 'payment', mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1' }]);
  });

  it('has nothing queried if it names no known merchant', async () => {
    const error = await refusalOf(requestWith(paymentForm({ mchNo: 'M9' })));
    expect(error.cause).toMatchObject({ reason: 'unknown-merchant' });
    expect(lookedAt).toStrictEqual([]);
  });

  it('is refused before its signature is checked if it comes from another address', async () => {
    const error = await refusalOf(
      requestWith(paymentForm(), '203.0.113.8'),
      entranceWith({ allowed: ['203.0.113.7'] }),
    );
    expect(error.getStatus()).toBe(401);
    expect(error.cause).toMatchObject({ reason: 'address' });
    expect(lookedAt).toStrictEqual([]);
  });
});

describe('a notify whose verification fails', () => {
  it('gets 503 if the gateway does not confirm it now, and the log says that it comes again', async () => {
    const failure = new Pass2PayTimeoutError(8_000, { readOnly: true });
    const entrance = entranceWith({ query: () => Promise.reject(failure) });
    const error = await refusalOf(requestWith(paymentForm()), entrance);
    expect(error.getStatus()).toBe(503);
    expect(error.message).toBe('The notify cannot be confirmed now; send it again later.');
    expect(error.cause).toBe(failure);
    expect(lines).toStrictEqual([
      `error Pass2PayNotify: A notify could not be confirmed, and the gateway will redeliver it: ${failure.message}`,
    ]);
    expect(response.headers).toStrictEqual([]);
    expect(lookedAt).toStrictEqual([]);
  });

  it('fails with any other error unchanged and without a log line of its own', async () => {
    const failure = new TypeError('a bug');
    const entrance = entranceWith({ query: () => Promise.reject(failure) });
    await expect(entrance.admit('payment', requestWith(paymentForm()), response)).rejects.toBe(failure);
    expect(lines).toStrictEqual([]);
    expect(response.headers).toStrictEqual([]);
  });
});

describe('the acknowledgement of a notify', () => {
  const admitted = async (kind: 'payment' | 'transfer', settings: Settings) => {
    const entrance = entranceWith(settings);
    const notify = await entrance.admit(kind, requestWith(kind === 'payment' ? paymentForm() : transferForm()), null);
    return { entrance, notify, watch: entrance.watch(notify) };
  };
  const process = ({ notify }: Awaited<ReturnType<typeof admitted>>, result: Promise<ProcessResult>) =>
    watches.show(outcomeEvent(notify.notification, 'notify'), () => result);

  it('follows its processing', async () => {
    const given = await admitted('payment', { handlers: [SHOPS.payment] });
    await process(given, Promise.resolve('applied'));
    await expect(given.entrance.processed(given.notify, given.watch, 'Shop.receive')).resolves.toBeUndefined();
    expect(lines).toStrictEqual([]);
  });

  it('does not follow if the processing fails', async () => {
    const given = await admitted('payment', {});
    await process(given, Promise.reject(new Error('no stock'))).catch(() => {});
    await expect(given.entrance.processed(given.notify, given.watch, 'Shop.receive')).rejects.toThrow('no stock');
  });

  it.each([
    ['payment', '@PaymentNotify', { handlers: [SHOPS.payment] }],
    ['transfer', '@TransferNotify', { handlers: [SHOPS.transfer] }],
    ['payment', '@PaymentNotify', { outcomeQueue: QUEUE }],
  ] as const)(
    'of a %s does not follow if nothing was processed, and the log names the remedy with %s',
    async (kind, decorator, settings) => {
      const given = await admitted(kind, settings);
      await expect(given.entrance.processed(given.notify, given.watch, 'Shop.receive')).rejects.toMatchObject({
        status: 503,
        message: 'The notify was not processed; send it again later.',
      });
      expect(lines).toStrictEqual([
        `error Pass2PayNotify: Shop.receive ended without processing ${kind} O1, so it is not acknowledged and the gateway will send it again. Return this.outcomes.process(notification) of an injected OutcomeProcessor. If the method stores notifies elsewhere, decorate it with ${decorator}(path, { ack: 'manual' }).`,
      ]);
    },
  );

  it.each(['payment', 'transfer'] as const)(
    'of a %s needs no processing if there are no handlers of its kind',
    async (kind) => {
      const given = await admitted(kind, { handlers: [SHOPS[OTHER[kind]]] });
      await given.entrance.processed(given.notify, given.watch, 'Shop.receive');
      expect(lines).toStrictEqual([]);
    },
  );
});

describe('the built-in route', () => {
  it.each([
    ['payment', 'no provider has a method decorated with @OnPayment()'],
    ['transfer', 'no provider has a method decorated with @OnTransfer()'],
  ] as const)('of %ss demands a handler of the kind', (kind, message) => {
    const other = SHOPS[OTHER[kind]];
    expect(() => entranceWith({ handlers: [other] }).demandHandlers(kind)).toThrow(new Error(message));
    expect(() => entranceWith({ handlers: [SHOPS[kind]] }).demandHandlers(kind)).not.toThrow();
  });

  it('demands no handler if the workers of a queue may have it', () => {
    expect(() => entranceWith({ outcomeQueue: QUEUE }).demandHandlers('payment')).not.toThrow();
  });
});

it('a request has a notify after a guard has accepted it', async () => {
  const [accepted, other] = [requestWith(paymentForm()), requestWith(paymentForm())];
  const notify = await entranceWith().admit('payment', accepted, response);
  expect(admittedNotify(accepted)).toBeUndefined();
  noteAdmitted(accepted, notify);
  expect(admittedNotify(accepted)).toBe(notify);
  expect(admittedNotify(other)).toBeUndefined();
});

describe('telemetry', () => {
  const telemetry = new RecordingTelemetry();
  beforeAll(() => telemetry.start());
  afterEach(() => telemetry.reset());
  afterAll(() => telemetry.stop());

  const counted = () =>
    telemetry.notifies.map((each) => [each['pass2pay.kind'], each['pass2pay.result'], each['pass2pay.reason']]);

  it('counts an accepted notify, whose span has its order', async () => {
    await entranceWith().admit('transfer', requestWith(transferForm()), undefined);
    expect(counted()).toStrictEqual([['transfer', 'accepted', undefined]]);
    expect(telemetry.spans).toMatchObject([
      { attributes: { 'pass2pay.result': 'accepted', 'pass2pay.mch_order_no': 'O1' }, isEnded: true },
    ]);
  });

  it('counts a refused notify with the reason, and its span has the status of the response', async () => {
    await refusalOf(requestWith(forged()));
    expect(counted()).toStrictEqual([['payment', 'refused', 'bad-signature']]);
    expect(telemetry.spans).toMatchObject([
      { attributes: { 'pass2pay.result': 'refused', 'http.response.status_code': 401 }, isEnded: true },
    ]);
  });

  it('counts a notify that failed, and ends its span', async () => {
    await refusalOf(
      requestWith(paymentForm()),
      entranceWith({ query: () => Promise.reject(new Pass2PayTimeoutError(8_000)) }),
    );
    expect(counted()).toStrictEqual([['payment', 'failed', 'PASS2PAY_TIMEOUT']]);
    expect(telemetry.spans).toMatchObject([{ attributes: { 'pass2pay.result': 'failed' }, isEnded: true }]);
  });

  it('has the confirming query within the span of its notify', async () => {
    let isWithin = false;
    const query = async () => void (isWithin = trace.getActiveSpan() !== undefined);
    await entranceWith({ query }).admit('payment', requestWith(paymentForm()), undefined);
    expect(isWithin).toBe(true);
  });
});
