import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Creation, IdempotentCreate } from '../../lib/client/idempotent-create.js';
import type { CreatePorts, CreateResponse, CreateStart, NewOrder } from '../../lib/client/order-store.js';
import { StoredCreate } from '../../lib/client/stored-create.js';
import {
  Pass2PayConnectionError,
  Pass2PayOrderConflictError,
  Pass2PayOutcomeUnknownError,
} from '../../lib/errors/pass2pay.errors.js';
import { refusal } from './support/calls.js';
import { rejectionOf } from './support/failure-of.js';

interface Created extends CreateResponse {
  payOrderId: string;
}

type Sent = Creation<unknown, unknown>;

const ORDER: NewOrder = {
  kind: 'payment',
  mchNo: 'M1',
  appId: 'A1',
  mchOrderNo: 'O1',
  amount: 100,
  currency: 'cny',
  custNo: 'C1',
  expiresInS: 3_600,
};
const CREATED: Created = { payOrderId: 'P1', state: 1 };

let steps: unknown[][];
let warnings: string[];
beforeEach(() => {
  steps = [];
  warnings = [];
});

/** A store that gives this start, and fails to store a result if `broken`. */
const storeOf = (start: CreateStart, broken?: unknown): CreatePorts => ({
  store: {
    creating: async (...given) => {
      steps.push(['creating', ...given]);
      return start;
    },
    settled: async (...given) => {
      steps.push(['settled', ...given]);
      if (broken !== undefined) throw broken;
    },
  },
  warn: (message) => warnings.push(message),
});

/** Creates the order with these ports; `send` is what happens at the gateway. */
async function create(
  ports: CreatePorts,
  send: (creation: Sent) => Promise<Created> = async () => CREATED,
  signal?: AbortSignal,
): Promise<Created> {
  const creates = {
    create: (creation: Sent) => {
      steps.push(['create', creation.known]);
      return send(creation);
    },
  } as unknown as IdempotentCreate;
  const unused = () => {
    throw new Error('not used here');
  };
  return new StoredCreate(creates, ports).create<Created, unknown>(ORDER, {
    mchOrderNo: 'O1',
    signal,
    send: unused,
    find: unused,
    differences: unused,
    recover: unused,
    gatewayId: ({ payOrderId }) => payOrderId,
    restore: (stored) => ({ ...stored, payOrderId: `${stored.payOrderId}, restored` }),
  });
}

describe('a create without a store', () => {
  it('is made as one of which nothing is known', async () => {
    expect(await create({})).toBe(CREATED);
    expect(steps).toEqual([['create', 'nothing']]);
  });

  it('has no result that could not be stored', async () => {
    await create({ warn: (message) => warnings.push(message) });
    expect(warnings).toStrictEqual([]);
  });

  it('throws what the gateway’s client throws', async () => {
    const refused = refusal('验签失败');
    expect(await rejectionOf(create({}, () => Promise.reject(refused)))).toBe(refused);
  });
});

describe('a stored create', () => {
  it.each<CreateStart>([{ known: 'nothing' }, { known: 'unknown' }, { known: 'created' }])(
    'is stored before it is sent, and its result afterwards (%j)',
    async (start) => {
      const { signal } = new AbortController();
      expect(await create(storeOf(start), undefined, signal)).toBe(CREATED);
      expect(steps).toEqual([
        ['creating', ORDER, signal],
        ['create', start.known],
        ['settled', ORDER, { status: 'created', gatewayId: 'P1', response: CREATED }, start],
      ]);
    },
  );

  it('returns the stored response of an earlier create, and sends nothing', async () => {
    const ports = storeOf({ known: 'created', response: JSON.stringify(CREATED) });
    expect(await create(ports)).toEqual({ payOrderId: 'P1, restored', state: 1 });
    expect(steps).toEqual([['creating', ORDER, undefined]]);
  });

  it('is not sent if it cannot be stored', async () => {
    const down = new Error('no database');
    const ports = storeOf({ known: 'nothing' });
    ports.store!.creating = () => Promise.reject(down);
    expect(await rejectionOf(create(ports))).toBe(down);
    expect(steps).toHaveLength(0);
  });

  it.each([
    ['refused', 'refused', refusal('验签失败')],
    ['not sent', 'refused', new Pass2PayConnectionError('PASS2PAY_CONNECTION', 'no', { requestSent: false })],
    ['in conflict with another order', 'refused', new Pass2PayOrderConflictError([], { mchOrderNo: 'O1' })],
    ['of unknown outcome', 'unknown', new Pass2PayOutcomeUnknownError({ mchOrderNo: 'O1' })],
    ['ended by a bug', 'unknown', new TypeError('a bug')],
  ])('that is %s is stored as %s, and throws its error', async (_what, status, error) => {
    const start: CreateStart = { known: 'nothing' };
    expect(await rejectionOf(create(storeOf(start), () => Promise.reject(error)))).toBe(error);
    expect(steps.at(-1)).toEqual(['settled', ORDER, { status, error }, start]);
  });

  it('keeps its result if that cannot be stored, and a warning is logged', async () => {
    const ports = storeOf({ known: 'nothing' }, new Error('no database'));
    expect(await create(ports)).toBe(CREATED);
    const refused = refusal('验签失败');
    expect(await rejectionOf(create(ports, () => Promise.reject(refused)))).toBe(refused);
    expect(warnings).toEqual([
      'The result of the create of O1 (created) could not be stored: no database',
      'The result of the create of O1 (refused) could not be stored: no database',
    ]);
    expect(await create({ store: ports.store! })).toBe(CREATED);
  });
});

describe('the lease of a create', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    clock.tick(5_000);
  });
  afterEach(() => clock.uninstall());

  const leased = (): CreateStart => ({ known: 'nothing', lease: { until: 0, endsAt: performance.now() + 1_000 } });

  /** A create that the gateway does not answer; it ends with its signal. */
  async function unanswered(start: CreateStart, caller?: AbortSignal) {
    let given: AbortSignal | undefined;
    const ended = rejectionOf(
      create(
        storeOf(start),
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            given = signal;
            signal?.addEventListener('abort', () => reject(signal.reason as Error));
          }),
        caller,
      ),
    );
    await clock.tickAsync(0);
    return { ended, signal: given };
  }

  it.each([
    ['with', new AbortController().signal],
    ['without', undefined],
  ])('ends the create in time, %s a signal of the caller', async (_what, caller) => {
    const { ended, signal } = await unanswered(leased(), caller);
    await clock.tickAsync(999);
    expect(signal!.aborted).toBe(false);
    await clock.tickAsync(1);
    expect(await ended).toEqual(new Error('The create took longer than its timeouts and retries allow.'));
  });

  it('does not keep the caller from ending the create sooner', async () => {
    const caller = new AbortController();
    const { ended } = await unanswered(leased(), caller.signal);
    caller.abort('the payer left');
    expect(await ended).toBe('the payer left');
    expect(clock.countTimers()).toBe(0);
  });

  it('leaves no timer after the create', async () => {
    await create(storeOf(leased()));
    expect(clock.countTimers()).toBe(0);
  });

  it('is optional: without one, only the caller’s signal ends the create', async () => {
    const caller = new AbortController();
    const { signal } = await unanswered({ known: 'nothing' }, caller.signal);
    expect(signal).toBe(caller.signal);
    expect(clock.countTimers()).toBe(0);
  });
});
