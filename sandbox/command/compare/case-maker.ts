import { type Dialect, type Endpoint, ENTRY_NUMBERS, type SandboxEndpoint } from '../../gateway/dialects/dialect.js';
import type { CaseParams, CaseValue, CompareCase } from './compare-case.js';

export interface Account {
  readonly mchNo: string;
  readonly appId: string;
}

export interface CaseMakerOptions {
  readonly dialect: Dialect;
  readonly account: Account;
  /** Never returns a number twice, nor one from another run. */
  readonly newNumber: () => string;
  /** The payment methods that are enabled for the app, if known. */
  readonly openedWayCodes?: readonly string[];
}

export interface CaseChanges extends Partial<Omit<CompareCase, 'name' | 'endpoint' | 'contentType'>> {
  /** Replaces parameters of a valid request, or adds some. */
  readonly set?: CaseParams;
  readonly without?: string;
  readonly contentType?: string | null;
}

const COMMON = { signType: 'MD5', reqTime: '{now}' };

/** Fictitious values; every amount is 1 fen. */
const SAMPLES: Readonly<Record<string, CaseValue>> = {
  amount: 1,
  refundAmount: 1,
  currency: 'cny',
  subject: '商品',
  body: '0',
  clientIp: '210.73.10.148',
  registerTime: '1622016572190',
  chain: '0x2b6653dc',
  entryType: 'BANK_CARD',
  ifCode: 'alipay',
  accountNo: '0',
  transferDesc: '0',
  refundReason: 'compare',
  receiverGroupId: 1,
  accType: 0,
  accNo: '0',
  relationType: 'OTHERS',
  divisionProfit: '0.01',
  useSysAutoDivisionReceivers: 0,
  redirectUrl: 'https://compare.example/',
};

/** Creates cases for a merchant's app: a valid request to the endpoint, with the given changes. */
export class CaseMaker {
  readonly dialect: Dialect;
  readonly openedWayCodes?: readonly string[];
  readonly newNumber: () => string;
  readonly account: Account;

  constructor({ dialect, account, newNumber, openedWayCodes }: CaseMakerOptions) {
    this.dialect = dialect;
    this.account = account;
    this.newNumber = newNumber;
    if (openedWayCodes) this.openedWayCodes = openedWayCodes;
  }

  get endpoints(): readonly (readonly [SandboxEndpoint, Endpoint])[] {
    return Object.entries(this.dialect.endpoints) as [SandboxEndpoint, Endpoint][];
  }

  /** The endpoints that create a pay order. */
  get payEndpoints(): readonly (readonly [SandboxEndpoint, Endpoint])[] {
    return this.endpoints.filter(([, { operation }]) => operation === 'createOrder');
  }

  /** @throws Error if the dialect has no such endpoint */
  endpoint(name: SandboxEndpoint): Endpoint {
    const endpoint = this.dialect.endpoints[name];
    if (!endpoint) throw new Error(`The dialect ${this.dialect.name} has no endpoint ${name}`);
    return endpoint;
  }

  /** A payment method that needs nothing from the payer and, as far as known, is enabled for the app. */
  get plainWayCode(): string {
    const { wayCodes } = this.dialect;
    return this.openedWayCodes?.find((code) => wayCodes[code] && !wayCodes[code].needs) ?? 'ALI_QR';
  }

  /** @param what describes the case; its name is the endpoint's name followed by this text */
  case(name: SandboxEndpoint, what: string, changes: CaseChanges = {}): CompareCase {
    const endpoint = this.endpoint(name);
    const { set, without, contentType = 'application/json', signing = 'valid', ...others } = changes;
    const params = Object.fromEntries(
      Object.entries({ ...this.validParams(name, endpoint), ...set }).filter(([field]) => field !== without),
    );
    return {
      name: `${name}: ${what}`,
      endpoint: name,
      method: 'POST',
      path: endpoint.path,
      place: 'json',
      params,
      ...(contentType !== null && { contentType }),
      ...others,
      signing: cannotBeUndone(endpoint) && signing !== 'missing' ? 'wrong' : signing,
    };
  }

  private validParams(name: SandboxEndpoint, endpoint: Endpoint): CaseParams {
    const number = this.newNumber();
    const own: CaseParams = {
      ...SAMPLES,
      ...this.account,
      mchOrderNo: number,
      mchRefundNo: number,
      // The gateway may refuse further orders to a customer with several unpaid expired ones (protocol §9).
      custNo: `C${number}`,
      wayCode: this.plainWayCode,
      ...(name === 'cryptoOrder' && { currency: 'USDT' }),
    };
    // A query or close request identifies its object by the merchant's number.
    const fields = [...requiredFields(endpoint), ...lookedUpBy(endpoint)];
    const needed = fields.filter((field) => !Object.hasOwn(COMMON, field) && !['version', 'sign'].includes(field));
    const version = endpoint.checks.includes('createVersion') || endpoint.operation === 'createOrder' ? '1.1' : '1.0';
    const given = needed.map((field): [string, CaseValue] => {
      const value = own[field];
      if (value === undefined) throw new Error(`There is no sample of ${field}, which ${name} requires`);
      return [field, value];
    });
    const clientIp: CaseParams =
      endpoint.fields['clientIp'] && name !== 'cashierOrder' ? { clientIp: own['clientIp']! } : {};
    return { ...Object.fromEntries(given), ...clientIp, version, ...COMMON };
  }
}

/** The required fields of a request to the endpoint. */
export function requiredFields(endpoint: Endpoint): string[] {
  const ruled = endpoint.rules.flatMap(({ field, missing }) => (missing === undefined ? [] : [field]));
  return [...ruled, ...(endpoint.requiredFields ?? []).map(([field]) => field)];
}

/** The possible messages when several required fields are missing. */
export function missingWords({ rules }: Endpoint): string[] {
  return rules.flatMap(({ missing }) => missing ?? []);
}

/**
 * Whether a successful request moves money or changes the account permanently. Such requests are sent only with a wrong
 * signature or none.
 */
export function cannotBeUndone({ operation, methods }: Endpoint): boolean {
  return operation === 'createTransfer' || (operation === undefined && !methods.includes('GET'));
}

function lookedUpBy({ operation, kind }: Endpoint): string[] {
  if (operation === 'createRefund') return ['mchOrderNo'];
  if (operation === undefined || operation.startsWith('create')) return [];
  return [ENTRY_NUMBERS[kind].number];
}
