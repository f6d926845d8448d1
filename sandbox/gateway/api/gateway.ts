import { type Bean, type Dialect, type Endpoint, ENTRY_NUMBERS, type SandboxEndpoint } from '../dialects/dialect.js';
import type { UpstreamFault } from '../faults/fault.js';
import type { JournalSubject } from '../journal/journal-entry.js';
import type { SandboxMerchant } from '../options.js';
import type { Desks } from '../orders/desks.js';
import { textOf } from './call.js';
import { CHECKS, checkRules, checkSignature, findMerchant } from './checks.js';
import { explainSignature } from './explain-signature.js';
import { type GatewayResponse, GatewayRefusal, refuse, succeed } from './gateway-response.js';
import { OPERATIONS } from './operations.js';
import { castBean } from './reading/request-bean.js';
import type { RequestReading } from './reading/request-params.js';

/** No merchant number or mchOrderNo that the gateway accepts is longer. */
const LONGEST_NUMBER = 128;

/** A request to one of the endpoints. */
export interface GatewayRequest {
  readonly endpoint: SandboxEndpoint;
  readonly reading: RequestReading;
  /** The caller's address. */
  readonly callerIp: string;
}

/** Handles API requests: runs the checks, then the operation. */
export class Gateway {
  constructor(
    readonly dialect: Dialect,
    private readonly desks: Desks,
    private readonly merchants: readonly SandboxMerchant[],
  ) {}

  /** Never throws because of a request's content. */
  respond(request: GatewayRequest, upstream?: UpstreamFault): GatewayResponse {
    try {
      return this.carryOut(request, upstream);
    } catch (error) {
      if (error instanceof GatewayRefusal) return refuse(error);
      throw error;
    }
  }

  /** The entry that a request is about, as far as it can be read. */
  subjectOf({ endpoint: name, reading }: GatewayRequest): JournalSubject {
    const endpoint = this.endpoint(name);
    const { kind } = endpoint;
    const bean = beanOf(reading, endpoint);
    if (!bean) return { kind };
    const mchNo = textOf(bean, 'mchNo').slice(0, LONGEST_NUMBER);
    const { number, id } = ENTRY_NUMBERS[kind];
    const named = this.desks[`${kind}s`].ledger.numberById(mchNo, textOf(bean, id));
    const mchOrderNo = named ?? textOf(bean, number).slice(0, LONGEST_NUMBER);
    return { kind, ...(mchNo && { mchNo }), ...(mchOrderNo && { mchOrderNo }) };
  }

  private carryOut({ endpoint: name, reading, callerIp }: GatewayRequest, upstream?: UpstreamFault): GatewayResponse {
    if ('refusal' in reading) throw reading.refusal;
    const { params } = reading;
    const { dialect, desks, merchants } = this;
    const endpoint = this.endpoint(name);
    const bean = castBean(params, endpoint.fields);
    checkRules(bean, endpoint);
    const merchant = findMerchant(bean, merchants);
    checkSignature(bean, merchant.secret, () => explainSignature(params, bean, endpoint, merchant, merchants));
    const call = { name, endpoint, dialect, bean, merchant, desks, callerIp, upstream };
    for (const check of endpoint.checks) CHECKS[check](call);
    if (!endpoint.operation) throw new Error(`${name} does nothing once its checks have passed`);
    return succeed(OPERATIONS[endpoint.operation](call), merchant.secret);
  }

  private endpoint(name: SandboxEndpoint): Endpoint {
    const endpoint = this.dialect.endpoints[name];
    if (!endpoint) throw new Error(`The dialect ${this.dialect.name} has no endpoint ${name}`);
    return endpoint;
  }
}

function beanOf(reading: RequestReading, { fields }: Endpoint): Bean | undefined {
  if ('refusal' in reading) return undefined;
  try {
    return castBean(reading.params, fields);
  } catch {
    return undefined;
  }
}
