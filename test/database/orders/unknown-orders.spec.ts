import { describe, expect, it, jest } from '@jest/globals';
import type { CallOptions } from '../../../lib/client/call.js';
import { UnknownOrders } from '../../../lib/database/orders/unknown-orders.js';
import {
  Pass2PayApiError,
  Pass2PayMerchantError,
  Pass2PayMerchantOrdersError,
} from '../../../lib/errors/pass2pay.errors.js';
import type { Match } from '../../../lib/outcomes/order-matcher.js';
import type { OutcomeEvent } from '../../../lib/outcomes/outcome.js';
import type { PaymentOrder } from '../../../lib/payments/payment-order.dto.js';
import { OrderState } from '../../../lib/protocol/order-state.js';
import type { Transfer } from '../../../lib/transfers/transfer.dto.js';
import { paymentEvent, transferEvent } from '../../outcomes/support/events.js';

const notFound = (message = '订单不存在') => new Pass2PayApiError(9999, message, '', {});

interface Given {
  isAdopting?: boolean;
  hasMerchantOrders?: boolean;
  /** What the gateway's query gives. */
  known?: PaymentOrder | Transfer | Error;
  match?: Match | Error;
  resolver?: Error;
}

/** What happens to an event whose order is not in the table. */
function open({ isAdopting = true, hasMerchantOrders = false, known, match, resolver }: Given = {}) {
  const queries: [kind: string, mchOrderNo: unknown, CallOptions][] = [];
  const matched: OutcomeEvent[] = [];
  const find = (kind: string) => async (ref: object, options: CallOptions) => {
    queries.push([kind, ref, options]);
    if (known instanceof Error) throw known;
    return known;
  };
  const parts = {
    merchants: {
      forNotify: async (mchNo: string, appId: string) => {
        if (resolver !== undefined) throw resolver;
        return mchNo === 'M1' && appId === 'A1' ? { mchNo, appId, secrets: [] } : undefined;
      },
    },
    payments: { find: find('payment') },
    transfers: { find: find('transfer') },
    matcher: {
      match: async (event: OutcomeEvent) => {
        matched.push(event);
        if (match instanceof Error) throw match;
        return match;
      },
    },
  } as unknown as ConstructorParameters<typeof UnknownOrders>[0];
  return { queries, matched, unknown: new UnknownOrders(parts, { isAdopting, hasMerchantOrders }) };
}

const payment = (changes: Partial<PaymentOrder> = {}) => paymentEvent(changes, 'query').data as PaymentOrder;
const transfer = (changes: Partial<Transfer> = {}) => transferEvent(changes, 'query').data as Transfer;

describe('an event of a merchant of another instance', () => {
  it.each([{ mchNo: 'M2' }, { appId: 'A2' }])('is foreign: %j', async (changes) => {
    const { unknown, queries } = open();
    expect(await unknown.judge(paymentEvent(changes), 1_000)).toStrictEqual({ verdict: 'foreign' });
    expect(queries).toHaveLength(0);
  });

  it('cannot be judged where the resolver fails', async () => {
    const error = new Pass2PayMerchantError('The merchantResolver failed');
    await expect(open({ resolver: error }).unknown.judge(paymentEvent(), 1_000)).rejects.toBe(error);
  });
});

describe('an event where orders are not adopted', () => {
  it('is refused without a query', async () => {
    const { unknown, queries } = open({ isAdopting: false });
    expect(await unknown.judge(paymentEvent(), 1_000)).toStrictEqual({
      verdict: 'refused',
      reason: 'it is not in the order table; import it with Pass2PayOrders, or set adoptUnknownOrders',
    });
    expect(queries).toHaveLength(0);
  });
});

describe('an order that the gateway confirms', () => {
  it('is adopted with the terms of the query', async () => {
    const { unknown, queries } = open({ known: payment({ state: OrderState.Closed, currency: 'CNY' }) });
    expect(await unknown.judge(paymentEvent(), 1_000)).toStrictEqual({
      verdict: 'adopted',
      order: {
        kind: 'payment',
        mchNo: 'M1',
        appId: 'A1',
        mchOrderNo: 'O1',
        amount: 5,
        currency: 'CNY',
        status: 'created',
        gatewayId: 'P1',
        gatewayState: 6,
        lastApplied: undefined,
        isAdopted: true,
      },
    });
    expect(queries).toMatchObject([['payment', { mchOrderNo: 'O1' }, { merchant: { mchNo: 'M1', appId: 'A1' } }]]);
  });

  it('is adopted as a transfer', async () => {
    const { unknown, queries } = open({ known: transfer({ state: 1 }) });
    expect(await unknown.judge(transferEvent(), 1_000)).toMatchObject({
      verdict: 'adopted',
      order: { kind: 'transfer', gatewayId: 'T1', gatewayState: 1 },
    });
    expect(queries).toMatchObject([['transfer', { mchOrderNo: 'O1' }, { merchant: { mchNo: 'M1', appId: 'A1' } }]]);
  });

  it('is adopted in the spelling of the query', async () => {
    const { unknown } = open({ known: payment({ mchOrderNo: 'O1' }) });
    expect(await unknown.judge(paymentEvent({ mchOrderNo: 'O1 ' }), 1_000)).toMatchObject({
      order: { mchOrderNo: 'O1' },
    });
  });

  it('is not queried again if the event is from a query', async () => {
    const { unknown, queries } = open();
    expect(await unknown.judge(paymentEvent({}, 'query'), 1_000)).toMatchObject({ verdict: 'adopted' });
    expect(queries).toHaveLength(0);
  });

  it('is not compared with merchantOrders where that is not set', async () => {
    const { unknown, matched } = open({ known: payment(), match: { result: 'unknown-order' } });
    expect(await unknown.judge(paymentEvent(), 1_000)).toMatchObject({ verdict: 'adopted' });
    expect(matched).toHaveLength(0);
  });
});

describe('an event that the gateway’s query contradicts', () => {
  it.each<[PaymentOrder, string]>([
    [payment({ amount: 6 }), 'amount is 5, not 6'],
    [payment({ currency: 'usd' }), 'currency is cny, not usd'],
    [payment({ appId: 'A2' }), 'appId is A1, not A2'],
    [payment({ payOrderId: 'P2' }), 'payOrderId is P1, not P2'],
  ])('is a mismatch of a payment', async (known, difference) => {
    const event = paymentEvent();
    const { unknown, matched } = open({ known, hasMerchantOrders: true });
    expect(await unknown.judge(event, 1_000)).toStrictEqual({
      verdict: 'mismatch',
      mismatch: {
        event,
        reason: 'differs',
        expected: undefined,
        differences: [`${difference} according to the gateway's query`],
      },
    });
    expect(matched).toHaveLength(0);
  });

  it('is a mismatch of a transfer', async () => {
    const { unknown } = open({ known: transfer({ transferId: 'T2' }) });
    expect(await unknown.judge(transferEvent(), 1_000)).toMatchObject({
      verdict: 'mismatch',
      mismatch: { differences: ["transferId is T1, not T2 according to the gateway's query"] },
    });
  });
});

describe('an event without an answer of the gateway', () => {
  it.each([
    [notFound(), 'it is neither in the order table nor known to the gateway'],
    [
      notFound('商户不存在'),
      "it is not in the order table, and the gateway's query failed: The gateway refused the request",
    ],
    [new Error('connection lost'), "it is not in the order table, and the gateway's query failed: connection lost"],
    [new Error('订单不存在'), "it is not in the order table, and the gateway's query failed: 订单不存在"],
  ])('is refused: %s', async (known, reason) => {
    const verdict = await open({ known }).unknown.judge(paymentEvent(), 1_000);
    expect(verdict).toStrictEqual({ verdict: 'refused', reason: expect.stringContaining(reason) });
  });

  it('whose order is not known is never compared with merchantOrders', async () => {
    const { unknown, matched } = open({ known: notFound(), hasMerchantOrders: true });
    await unknown.judge(paymentEvent(), 1_000);
    expect(matched).toHaveLength(0);
  });
});

describe('a query', () => {
  it.each([
    [1_000.2, 1_001],
    [5_000, 5_000],
    [5_001, 5_000],
  ])('with %d ms left ends after %d ms', async (leftMs, endsAfterMs) => {
    const { signal } = new AbortController();
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(signal);
    const { unknown, queries } = open({ known: payment() });
    await unknown.judge(paymentEvent(), leftMs);
    expect(timeout.mock.calls).toStrictEqual([[endsAfterMs]]);
    expect(queries[0]![2].signal).toBe(signal);
    timeout.mockRestore();
  });
});

describe('an order that is compared with merchantOrders', () => {
  const judged = (match: Match | Error) => {
    const { unknown, matched } = open({ known: payment(), hasMerchantOrders: true, match });
    const event = paymentEvent();
    return { event, matched, verdict: unknown.judge(event, 1_000) };
  };

  it('is refused if the merchant does not know it', async () => {
    const { event, matched, verdict } = judged({ result: 'unknown-order' });
    expect(await verdict).toStrictEqual({
      verdict: 'refused',
      reason: 'the gateway knows it, but it is neither in the order table nor returned by merchantOrders.find',
    });
    expect(matched).toStrictEqual([event]);
  });

  it('is a mismatch if it differs', async () => {
    const mismatch = { event: paymentEvent(), reason: 'differs' as const, differences: ['amount is 5, not 6'] };
    expect(await judged({ result: 'mismatch', mismatch }).verdict).toStrictEqual({ verdict: 'mismatch', mismatch });
  });

  it('is adopted although its state is undocumented, which its event then says', async () => {
    const mismatch = { event: paymentEvent(), reason: 'unknown-state' as const, differences: [] };
    expect(await judged({ result: 'mismatch', mismatch }).verdict).toMatchObject({
      verdict: 'adopted',
      order: { lastApplied: undefined },
    });
  });

  it.each([
    [OrderState.Paying, OrderState.Paying],
    [OrderState.Refunded, OrderState.Refunded],
    [OrderState.Success, undefined],
    [undefined, undefined],
  ])('in state %s counts as applied in %s', async (lastState, lastApplied) => {
    expect(await judged({ result: 'fits', lastState }).verdict).toMatchObject({
      verdict: 'adopted',
      order: { lastApplied },
    });
  });

  it('is refused where merchantOrders fails', async () => {
    const error = new Pass2PayMerchantOrdersError('merchantOrders.find failed');
    expect(await judged(error).verdict).toStrictEqual({ verdict: 'refused', reason: 'merchantOrders.find failed' });
  });

  it('throws what is not expected', async () => {
    await expect(judged(new TypeError('a bug')).verdict).rejects.toThrow('a bug');
  });
});
