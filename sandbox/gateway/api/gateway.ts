import { ENDPOINTS, type EndpointTable, type PayEndpoint, type SandboxEndpoint } from './endpoints.js';
import { type GatewayResponse, GatewayRefusal, refuse, succeed } from './gateway-response.js';
import {
  checkBean,
  checkCreateVersion,
  checkPass2PayFields,
  checkSignature,
  checkStorable,
  checkUrls,
  checkWayCode,
  findMerchant,
} from './gateway-rules.js';
import type { JournalSubject } from '../journal/journal-entry.js';
import type { SandboxMerchant } from '../options.js';
import { createdOrderData, createdTransferData, queriedOrderData, queriedTransferData } from '../orders/order-data.js';
import type { OrderDesk } from '../orders/order-desk.js';
import type { OrderLedger } from '../orders/order-ledger.js';
import { type Bean, castBean } from './request-bean.js';
import { readParams, type RequestParams, type WireRequest } from './request-params.js';
import type { SandboxOrder, SandboxTransfer } from '../orders/sandbox-order.js';
import { explainSignature } from './explain-signature.js';

/** No merchant's number and no mchOrderNo that the gateway takes is longer. */
const LONGEST_NUMBER = 128;

/** What the gateway answers to API requests: its checks, then the deed. */
export class Gateway {
  private readonly desk: OrderDesk;
  private readonly merchants: readonly SandboxMerchant[];

  constructor(desk: OrderDesk, merchants: readonly SandboxMerchant[]) {
    this.desk = desk;
    this.merchants = merchants;
  }

  /** Never throws for what a request may hold. */
  respond(endpoint: SandboxEndpoint, request: WireRequest): GatewayResponse {
    try {
      return this.carryOut(ENDPOINTS[endpoint], readParams(request));
    } catch (error) {
      if (error instanceof GatewayRefusal) return refuse(error);
      throw error;
    }
  }

  /** Whom a request is about, as far as it can be read. */
  subjectOf(endpoint: SandboxEndpoint, request: WireRequest): JournalSubject {
    const kind = endpoint === 'transferOrder' || endpoint === 'transferQuery' ? 'transfer' : 'order';
    try {
      const bean = castBean(readParams(request), ENDPOINTS[endpoint].fields);
      const mchNo = textOf(bean, 'mchNo')?.slice(0, LONGEST_NUMBER);
      const mchOrderNo = this.entryById(bean)?.mchOrderNo ?? textOf(bean, 'mchOrderNo')?.slice(0, LONGEST_NUMBER);
      return { kind, ...(mchNo && { mchNo }), ...(mchOrderNo && { mchOrderNo }) };
    } catch {
      return { kind };
    }
  }

  private carryOut(endpoint: EndpointTable, params: RequestParams): GatewayResponse {
    const bean = castBean(params, endpoint.fields);
    checkBean(bean, endpoint);
    const merchant = findMerchant(bean, this.merchants);
    checkSignature(bean, merchant.secret, () => explainSignature(params, bean, endpoint, merchant, this.merchants));
    switch (endpoint.name) {
      case 'cashierOrder':
      case 'unifiedOrder':
      case 'cryptoOrder':
        return this.createOrder(endpoint.name, bean, merchant);
      case 'transferOrder':
        return this.createTransfer(bean, merchant);
      case 'query': {
        const order = find(bean, this.desk.orders, 'payOrderId');
        return succeed(queriedOrderData(order), merchant.secret);
      }
      case 'transferQuery': {
        const transfer = find(bean, this.desk.transfers, 'transferId');
        return succeed(queriedTransferData(transfer), merchant.secret);
      }
      default: {
        const unknown: never = endpoint.name;
        throw new Error(`No such endpoint: ${String(unknown)}`);
      }
    }
  }

  private createOrder(endpoint: PayEndpoint, bean: Bean, merchant: SandboxMerchant): GatewayResponse {
    checkCreateVersion(bean);
    checkPass2PayFields(bean, ENDPOINTS[endpoint]);
    checkWayCode(bean, merchant);
    checkNew(bean, this.desk.orders);
    checkUrls(bean);
    checkStorable(bean, ENDPOINTS[endpoint]);
    return succeed(createdOrderData(this.desk.createOrder(endpoint, bean)), merchant.secret);
  }

  private createTransfer(bean: Bean, merchant: SandboxMerchant): GatewayResponse {
    checkCreateVersion(bean);
    checkPass2PayFields(bean, ENDPOINTS.transferOrder);
    checkNew(bean, this.desk.transfers);
    checkUrls(bean);
    checkStorable(bean, ENDPOINTS.transferOrder);
    return succeed(createdTransferData(this.desk.createTransfer(bean)), merchant.secret);
  }

  private entryById(bean: Bean): SandboxOrder | SandboxTransfer | undefined {
    const mchNo = textOf(bean, 'mchNo') ?? '';
    const payOrderId = textOf(bean, 'payOrderId');
    const transferId = textOf(bean, 'transferId');
    if (payOrderId) return this.desk.orders.findById(mchNo, payOrderId);
    return transferId ? this.desk.transfers.findById(mchNo, transferId) : undefined;
  }
}

/** A repeated number is refused, never answered again with the first answer. Source: protocol §2. */
function checkNew<T extends SandboxOrder | SandboxTransfer>(bean: Bean, ledger: OrderLedger<T>): void {
  const mchOrderNo = textOf(bean, 'mchOrderNo') ?? '';
  if (ledger.find(textOf(bean, 'mchNo') ?? '', mchOrderNo)) throw alreadyExists(mchOrderNo);
}

export function alreadyExists(mchOrderNo: string): GatewayRefusal {
  return new GatewayRefusal(`商户订单[${mchOrderNo}]已存在`);
}

/** Any app of the merchant finds the order; the gateway's id wins if both are given. Source: protocol §6. */
function find<T extends SandboxOrder | SandboxTransfer>(
  bean: Bean,
  ledger: OrderLedger<T>,
  idField: 'payOrderId' | 'transferId',
): T {
  const mchNo = textOf(bean, 'mchNo') ?? '';
  const mchOrderNo = textOf(bean, 'mchOrderNo');
  const id = textOf(bean, idField);
  if (!mchOrderNo && !id) throw new GatewayRefusal(`mchOrderNo 和 ${idField}不能同时为空`);
  const found = id ? ledger.findById(mchNo, id) : ledger.find(mchNo, mchOrderNo ?? '');
  if (!found) throw new GatewayRefusal('订单不存在');
  return found;
}

function textOf(bean: Bean, field: string): string | undefined {
  const value = bean[field];
  return value === undefined ? undefined : String(value);
}
