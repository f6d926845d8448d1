import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { IdempotentCreate } from '../../lib/client/idempotent-create.js';
import type { CreateResult, CreateStart, NewOrder, OrderStore } from '../../lib/client/order-store.js';
import { Retries } from '../../lib/client/policies/retry.js';
import {
  Pass2PayApiError,
  Pass2PayConnectionError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
} from '../../lib/errors/pass2pay.errors.js';
import { Pass2PayClient } from '../../lib/pass2pay-client/index.js';
import { resolveOptions } from '../../lib/pass2pay.options.js';
import { OrderCreation } from '../../lib/payments/order-creation.js';
import type { OrderPorts, OutcomeSink } from '../../lib/payments/order-ports.js';
import { OrderWatch } from '../../lib/payments/order-watch.js';
import type { PaymentEvent } from '../../lib/payments/payment-event.js';
import { PaymentOrder } from '../../lib/payments/payment-order.dto.js';
import { PaymentQuery } from '../../lib/payments/payment-query.js';
import { PaymentService } from '../../lib/payments/payment.service.js';
import { sign } from '../../lib/protocol/signature/sign.js';
import { startServer, type FakeServer } from '../support/fake-server.js';
import { MERCHANT } from '../support/test-merchant.js';

const ORDER = {
  mchOrderNo: 'O1',
  amount: 500,
  wayCode: 'ALI_BAR',
  registerTime: 1622016572190,
  custNo: 'C200492312',
  clientIp: '210.73.10.148',
};
const TERMS = { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', amount: 500, currency: 'cny' };
const WRITTEN: NewOrder = { kind: 'payment', ...TERMS, custNo: 'C200492312', expiresInS: 7200 };
const QUERIED = { payOrderId: 'P1', ...TERMS, state: 1, wayCode: 'ALI_BAR', createdAt: 1716888800000 };
const NOT_FOUND = { code: 9999, msg: '订单不存在' };

/** What the gateway answers with: data that it signs, a refusal, or nothing at all. */
type Answer = Record<string, string | number> | 'lost';
let answers: { create: Answer; query: Answer };

/** Everything in the order in which it happens. */
let log: string[];
let gateway: FakeServer;
const clients: Pass2PayClient[] = [];

beforeEach(async () => {
  log = [];
  answers = { create: { mchOrderNo: 'O1', payOrderId: 'P1', orderState: 1 }, query: QUERIED };
  gateway = await startServer(({ path }, response) => {
    const isQuery = path === '/api/pay/query';
    log.push(isQuery ? 'query' : 'create');
    const answer = isQuery ? answers.query : answers.create;
    if (answer === 'lost') {
      response.destroy();
      return;
    }
    const envelope =
      'code' in answer ? answer : { code: 0, msg: 'SUCCESS', data: answer, sign: sign(answer, MERCHANT.secrets) };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(envelope));
  });
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await gateway.close();
});

class RecordingStore implements OrderStore {
  readonly results: CreateResult[] = [];

  constructor(private readonly start: CreateStart = { known: 'nothing' }) {}

  async creating(order: NewOrder): Promise<CreateStart> {
    expect(order).toEqual(WRITTEN);
    log.push('creating');
    return this.start;
  }

  async settled(order: NewOrder, result: CreateResult): Promise<void> {
    expect(order).toEqual(WRITTEN);
    log.push(result.status);
    this.results.push(result);
  }
}

/** Payments over the real client, with these ports. */
function payments(ports?: OrderPorts, baseUrl = gateway.url): PaymentService {
  const given = { baseUrl, merchants: [{ ...MERCHANT }], retries: 0 };
  const options = resolveOptions(given);
  const client = new Pass2PayClient(given);
  clients.push(client);
  const query = new PaymentQuery(client.gateway);
  const creation = new OrderCreation(client.gateway, query, new IdempotentCreate(new Retries(options)), ports);
  return new PaymentService(client.gateway, query, creation, new OrderWatch(query), options);
}

describe('an order store', () => {
  it('has the order before the create arrives, and the response after', async () => {
    const store = new RecordingStore();
    const response = await payments({ store }).createOrder(ORDER);
    expect(log).toEqual(['creating', 'create', 'created']);
    expect(store.results).toEqual([{ status: 'created', gatewayId: response.payOrderId, response }]);
    expect(response).toMatchObject({ payOrderId: 'P1', recovered: false });
  });

  it('that fails to write has nothing sent', async () => {
    const failure = new Error('the database is down');
    const store = Object.assign(new RecordingStore(), { creating: async () => Promise.reject(failure) });
    await expect(payments({ store }).createOrder(ORDER)).rejects.toBe(failure);
    expect(log).toEqual([]);
    expect(gateway.requests).toEqual([]);
  });

  it('is not told of an order that is wrong', async () => {
    await expect(payments({ store: new RecordingStore() }).createOrder({ ...ORDER, amount: 0 })).rejects.toThrow();
    expect(log).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['lost', 'lost'],
    ['refused, since the number is taken', { code: 9999, msg: '商户订单[O1]已存在' }],
  ])('has the order of a create that was %s, once a query finds it', async (_what, create) => {
    answers.create = create;
    const store = new RecordingStore();
    const response = await payments({ store }).createOrder(ORDER);
    expect(log).toEqual(['creating', 'create', 'query', 'created']);
    expect(store.results).toEqual([{ status: 'created', gatewayId: response.payOrderId, response }]);
    expect(response).toMatchObject({ payOrderId: 'P1', recovered: true });
  });

  it('has an order as unknown whose recovered page is no web page', async () => {
    answers = { create: 'lost', query: { ...QUERIED, payUrl: 'javascript:alert(1)' } };
    const store = new RecordingStore();
    const error = await payments({ store })
      .createOrder(ORDER)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Pass2PayOutcomeUnknownError);
    expect(store.results).toEqual([{ status: 'unknown', error }]);
  });

  it('has the refusal of the gateway', async () => {
    answers.create = { code: 9999, msg: '商户应用不支持该支付方式' };
    const store = new RecordingStore();
    const error = await payments({ store })
      .createOrder(ORDER)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Pass2PayApiError);
    expect(store.results).toEqual([{ status: 'refused', error }]);
    expect(log).toEqual(['creating', 'create', 'refused']);
  });

  it('has a number that another order has as refused', async () => {
    answers = { create: { code: 9999, msg: '商户订单[O1]已存在' }, query: { ...QUERIED, amount: 501 } };
    const store = new RecordingStore();
    await expect(payments({ store }).createOrder(ORDER)).rejects.toBeInstanceOf(Pass2PayOrderConflictError);
    expect(store.results).toEqual([{ status: 'refused', error: expect.any(Pass2PayOrderConflictError) }]);
  });

  it('has what was never sent as refused', async () => {
    const store = new RecordingStore();
    // Nothing listens there.
    const service = payments({ store }, 'http://127.0.0.1:9');
    await expect(service.createOrder(ORDER)).rejects.toMatchObject({ requestSent: false });
    expect(store.results).toEqual([{ status: 'refused', error: expect.any(Pass2PayConnectionError) }]);
  });

  it.each<[string, Answer]>([
    ['a query fails too', 'lost'],
    ['a query finds no order', NOT_FOUND],
  ])('has a lost create as unknown where %s', async (_what, query) => {
    answers = { create: 'lost', query };
    const store = new RecordingStore();
    const error = await payments({ store })
      .createOrder(ORDER)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Pass2PayOutcomeUnknownError);
    expect(store.results).toEqual([{ status: 'unknown', error }]);
  });

  it('has a create that its caller has ended as unknown', async () => {
    const store = new RecordingStore();
    const stop = new AbortController();
    const silent = await startServer(() => stop.abort());
    try {
      const created = payments({ store }, silent.url).createOrder(ORDER, { signal: stop.signal });
      await expect(created).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(store.results).toMatchObject([{ status: 'unknown' }]);
    } finally {
      await silent.close();
    }
  });

  it.each<[string, Answer]>([
    ['is made', { mchOrderNo: 'O1', payOrderId: 'P1', orderState: 1 }],
    ['is refused', { code: 9999, msg: '商户应用不支持该支付方式' }],
  ])('that fails afterwards changes nothing of a create that %s, and is warned of', async (_what, create) => {
    answers.create = create;
    const plain = await payments()
      .createOrder(ORDER)
      .catch((error: unknown) => error);
    const store = Object.assign(new RecordingStore(), { settled: async () => Promise.reject(new Error('disk full')) });
    const warnings: string[] = [];
    const service = payments({ store, warn: (message) => warnings.push(message) });
    const stored = await service.createOrder(ORDER).catch((error: unknown) => error);
    expect(stored).toMatchObject(plain instanceof Error ? { message: plain.message } : { payOrderId: 'P1', state: 1 });
    expect(warnings).toEqual([
      expect.stringMatching(/^The result of the create of O1 .* could not be stored: disk full$/),
    ]);
  });
});

describe('what a store knows of the number', () => {
  const LEASE = { until: 2_000_000_000_000, endsAt: performance.now() + 60_000 };

  it('has an order queried that may exist, and sent only where the gateway does not know it', async () => {
    answers.query = NOT_FOUND;
    const store = new RecordingStore({ known: 'unknown', lease: LEASE });
    expect(await payments({ store }).createOrder(ORDER)).toMatchObject({ recovered: false });
    expect(log).toEqual(['creating', 'query', 'create', 'created']);
  });

  it('has an order stay unknown that may exist and that the gateway then refuses', async () => {
    answers = { create: { code: 9999, msg: '商户应用不支持该支付方式' }, query: NOT_FOUND };
    const store = new RecordingStore({ known: 'unknown', lease: LEASE });
    await expect(payments({ store }).createOrder(ORDER)).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
    expect(log).toEqual(['creating', 'query', 'create', 'query', 'unknown']);
  });

  it('has nothing sent where a query of what may exist fails', async () => {
    answers.query = 'lost';
    const store = new RecordingStore({ known: 'unknown', lease: LEASE });
    await expect(payments({ store }).createOrder(ORDER)).rejects.toMatchObject({
      code: 'PASS2PAY_OUTCOME_UNKNOWN',
      cause: { code: 'PASS2PAY_CONNECTION' },
    });
    expect(log).toEqual(['creating', 'query', 'unknown']);
  });

  it('has an order never sent that exists', async () => {
    answers.query = NOT_FOUND;
    const store = new RecordingStore({ known: 'created' });
    await expect(payments({ store }).createOrder(ORDER)).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
    expect(log).toEqual(['creating', 'query', 'unknown']);
  });

  it('is given out where it has the response, and nothing is asked', async () => {
    const made = await payments().createOrder(ORDER);
    log = [];
    const store = new RecordingStore({ known: 'created', response: JSON.stringify(made) });
    expect(await payments({ store }).createOrder(ORDER)).toEqual({ ...made, recovered: true });
    expect(log).toEqual(['creating']);
  });

  it('has a create end before its lease does', async () => {
    const silent = await startServer(() => {});
    try {
      const store = new RecordingStore({ known: 'nothing', lease: { until: 0, endsAt: performance.now() + 50 } });
      const created = payments({ store }, silent.url).createOrder(ORDER);
      await expect(created).rejects.toBeInstanceOf(Pass2PayOutcomeUnknownError);
      expect(store.results).toMatchObject([{ status: 'unknown' }]);
    } finally {
      await silent.close();
    }
  });
});

describe('an outcome sink', () => {
  let events: PaymentEvent[];
  let ports: OrderPorts;

  beforeEach(() => {
    events = [];
    const sink: OutcomeSink<PaymentEvent> = {
      deliver: async (event) => {
        log.push('deliver');
        events.push(event);
      },
    };
    ports = { store: new RecordingStore(), sink };
  });

  it.each([2, 3])('is told what a query says of an order whose create answers state %d', async (state) => {
    answers.create = { mchOrderNo: 'O1', payOrderId: 'P1', orderState: state };
    answers.query = { ...QUERIED, state, channelOrderNo: 'C1' };
    await payments(ports).createOrder(ORDER);
    expect(events).toEqual([{ kind: 'payment', data: expect.any(PaymentOrder), source: 'query' }]);
    expect(events).toMatchObject([{ data: { ...TERMS, payOrderId: 'P1', state, channelOrderNo: 'C1' } }]);
    expect(log).toEqual(['creating', 'create', 'created', 'query', 'deliver']);
  });

  it('is told of an order that was found again, without another query', async () => {
    answers = { create: 'lost', query: { ...QUERIED, state: 2 } };
    await payments(ports).createOrder(ORDER);
    expect(events).toMatchObject([{ kind: 'payment', data: { mchOrderNo: 'O1', state: 2 }, source: 'query' }]);
    expect(log).toEqual(['creating', 'create', 'query', 'created', 'deliver']);
  });

  it('is told nothing of an order that is still open', async () => {
    await payments(ports).createOrder(ORDER);
    answers.create = 'lost';
    await payments(ports).createOrder(ORDER);
    expect(events).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['the query fails', () => (answers.query = 'lost')],
    ['it fails itself', () => (ports.sink = { deliver: async () => Promise.reject(new Error('a handler failed')) })],
  ])('that misses a state since %s leaves the create as it is, with a warning', async (_what, fail) => {
    answers.create = { mchOrderNo: 'O1', payOrderId: 'P1', orderState: 2 };
    answers.query = { ...QUERIED, state: 2 };
    fail();
    const warnings: string[] = [];
    ports.warn = (message) => warnings.push(message);
    expect(await payments(ports).createOrder(ORDER)).toMatchObject({ state: 2, recovered: false });
    expect(warnings).toEqual([expect.stringMatching(/^The final state of O1 could not be processed/)]);
  });
});

it('without ports, a create that is paid at once asks nothing more', async () => {
  answers.create = { mchOrderNo: 'O1', payOrderId: 'P1', orderState: 2 };
  await payments().createOrder(ORDER);
  expect(log).toEqual(['create']);
});
