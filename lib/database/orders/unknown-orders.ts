import { Pass2PayApiError, Pass2PayMerchantOrdersError } from '../../errors/pass2pay.errors.js';
import { messageOf } from '../../errors/message-of.js';
import type { MerchantDirectory } from '../../merchants/merchant-directory.js';
import type { Mismatch, OrderMatcher } from '../../outcomes/order-matcher.js';
import { identityOf, type OutcomeEvent } from '../../outcomes/outcome.js';
import type { PaymentOrder } from '../../payments/payment-order.dto.js';
import type { PaymentQuery } from '../../payments/payment-query.js';
import { differencesOf } from '../../protocol/compare-terms.js';
import { ORDER_NOT_FOUND } from '../../protocol/gateway-messages.js';
import type { TransferQuery } from '../../transfers/transfer-query.js';
import type { Transfer } from '../../transfers/transfer.dto.js';
import type { OrderToInsert } from './insert-order.js';
import { gatewayIdOf } from './order-row.js';

/** What to do about an event whose order is not in the table. */
export type Unknown =
  /** Nothing: its merchant belongs to another instance. */
  | { verdict: 'foreign' }
  /** Store it as failed and retry. */
  | { verdict: 'refused'; reason: string }
  /** Insert its order. */
  | { verdict: 'adopted'; order: OrderToInsert }
  | { verdict: 'mismatch'; mismatch: Mismatch };

interface Parts {
  merchants: MerchantDirectory;
  payments: PaymentQuery;
  transfers: TransferQuery;
  matcher: OrderMatcher;
}

/** Prefix of the error of an outcome that is waiting for its order. */
export const UNKNOWN_ORDER = 'unknown order: ';

/** Timeout of the gateway's query with its retries, in ms. */
const QUERY_MS = 5_000;

/** Decides about events whose orders are not in the table: created by another service, or before the table existed. */
export class UnknownOrders {
  constructor(
    private readonly parts: Parts,
    /** Whether orders are adopted, and whether `merchantOrders` is set. */
    private readonly options: { isAdopting: boolean; hasMerchantOrders: boolean },
  ) {}

  /**
   * May query the gateway, so no transaction may be open.
   *
   * @param mostMs timeout of the query
   * @throws Pass2PayMerchantError when the `merchantResolver` fails.
   */
  async judge(event: OutcomeEvent, mostMs: number): Promise<Unknown> {
    const { mchNo, appId } = event.data;
    const merchant = await this.parts.merchants.forNotify(mchNo, appId);
    if (merchant === undefined) return { verdict: 'foreign' };
    if (!this.options.isAdopting) {
      return refused('it is not in the order table; import it with Pass2PayOrders, or set adoptUnknownOrders');
    }
    try {
      return await this.compare(event, await this.knownToGateway(event, Math.min(mostMs, QUERY_MS)));
    } catch (error) {
      if (error instanceof QueryFailed || error instanceof Pass2PayMerchantOrdersError) return refused(error.message);
      throw error;
    }
  }

  /** @throws QueryFailed when it gives no result. */
  private async knownToGateway(event: OutcomeEvent, withinMs: number): Promise<PaymentOrder | Transfer> {
    if (event.source === 'query') return event.data;
    const { mchNo, appId, mchOrderNo } = event.data;
    const options = { merchant: { mchNo, appId }, signal: AbortSignal.timeout(Math.ceil(withinMs)) };
    try {
      return event.kind === 'payment'
        ? await this.parts.payments.find({ mchOrderNo }, options)
        : await this.parts.transfers.find({ mchOrderNo }, options);
    } catch (error) {
      if (error instanceof Pass2PayApiError && ORDER_NOT_FOUND.test(error.gatewayMessage)) {
        throw new QueryFailed('it is neither in the order table nor known to the gateway');
      }
      throw new QueryFailed(`it is not in the order table, and the gateway's query failed: ${messageOf(error)}`);
    }
  }

  /** The queried state is ignored: a signed success is valid, although the query keeps reporting 3 or 6. */
  private async compare(event: OutcomeEvent, known: PaymentOrder | Transfer): Promise<Unknown> {
    const { kind, data } = event;
    const { amount, currency, appId } = known;
    const ids =
      kind === 'payment'
        ? { payOrderId: (known as PaymentOrder).payOrderId }
        : { transferId: (known as Transfer).transferId };
    const differences = differencesOf(data, { amount, currency, appId, ...ids });
    if (differences.length > 0) {
      const found = differences.map((difference) => `${difference} according to the gateway's query`);
      return { verdict: 'mismatch', mismatch: { event, reason: 'differs', expected: undefined, differences: found } };
    }
    const match = this.options.hasMerchantOrders ? await this.parts.matcher.match(event) : undefined;
    if (match?.result === 'unknown-order') {
      return refused('the gateway knows it, but it is neither in the order table nor returned by merchantOrders.find');
    }
    if (match?.result === 'mismatch' && match.mismatch.reason === 'differs') {
      return { verdict: 'mismatch', mismatch: match.mismatch };
    }
    const lastState = match?.result === 'fits' ? match.lastState : undefined;
    const order: OrderToInsert = {
      ...identityOf(event),
      mchOrderNo: known.mchOrderNo,
      amount,
      currency,
      status: 'created',
      gatewayId: gatewayIdOf(event),
      gatewayState: known.state,
      // The merchant's order can make an event stale, but never a duplicate, because it is unknown whether its handlers
      // committed.
      lastApplied: lastState === data.state ? undefined : lastState,
      isAdopted: true,
    };
    return { verdict: 'adopted', order };
  }
}

class QueryFailed extends Error {}

function refused(reason: string): Unknown {
  return { verdict: 'refused', reason };
}
