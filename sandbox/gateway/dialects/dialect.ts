/** The gateway that the sandbox simulates: the recorded open platform, or Pass2Pay as documented. */
export type DialectName = (typeof DIALECT_NAMES)[number];
export const DIALECT_NAMES = ['pass2pay', 'platform'] as const;

/** The objects of a gateway: pay orders, transfers, and refunds of pay orders. */
export type EntryKind = 'order' | 'transfer' | 'refund';

/** The parameters that identify an entry: the merchant's number, and the gateway's ID. */
export const ENTRY_NUMBERS = {
  order: { number: 'mchOrderNo', id: 'payOrderId' },
  transfer: { number: 'mchOrderNo', id: 'transferId' },
  refund: { number: 'mchRefundNo', id: 'refundOrderId' },
} as const satisfies Readonly<Record<EntryKind, { readonly number: string; readonly id: string }>>;

export type SandboxEndpoint =
  | 'cashierOrder'
  | 'unifiedOrder'
  | 'cryptoOrder'
  | 'query'
  | 'close'
  | 'refundOrder'
  | 'refundQuery'
  | 'transferOrder'
  | 'transferQuery'
  | 'divisionBind'
  | 'divisionExec'
  | 'channelUserId';

/** The endpoints that create a pay order. */
export type PayEndpoint = 'cashierOrder' | 'unifiedOrder' | 'cryptoOrder';

export type BeanFieldType = 'String' | 'Long' | 'Integer' | 'Byte';
export type BeanFields = Readonly<Record<string, BeanFieldType>>;

/** A request as the gateway's typed bean. Fields that are null there are absent here. */
export type Bean = Readonly<Record<string, string | bigint>>;

/** A rule for the typed request, checked before merchant and signature. */
export interface FieldRule {
  readonly field: string;
  /** The message if the field is null or, for a text, blank; undefined if the field is optional. */
  readonly missing?: string;
  /** For numbers, if present. */
  readonly range?: { readonly least: bigint; readonly most?: bigint; readonly words: string };
}

/** The checks after the signature; `CHECKS` has the same names. */
export type CheckName =
  | 'createVersion'
  | 'requiredFields'
  | 'wayCode'
  | 'channelExtra'
  | 'newOrder'
  | 'urls'
  | 'openedWayCode'
  | 'payerOfWayCode'
  | 'newTransfer'
  | 'transferChannel'
  | 'refundable'
  | 'divisionAccount'
  | 'dividableOrder'
  | 'knownClient'
  | 'storable';

/** The operations after all checks; `OPERATIONS` has the same names. */
export type OperationName =
  'createOrder' | 'queryOrder' | 'closeOrder' | 'createTransfer' | 'queryTransfer' | 'createRefund' | 'queryRefund';

export interface Endpoint {
  readonly path: string;
  readonly methods: readonly string[];
  readonly kind: EntryKind;
  readonly fields: BeanFields;
  readonly rules: readonly FieldRule[];
  /** In order of execution. */
  readonly checks: readonly CheckName[];
  /** For the check `requiredFields`: a field that must not be missing or blank, and the message otherwise. */
  readonly requiredFields?: readonly (readonly [field: string, words: string])[];
  /** Undefined if no request gets that far. */
  readonly operation?: OperationName;
  /** Only for endpoints that create a pay order. */
  readonly order?: OrderDefaults;
  /** Maximum lengths of the database columns, in characters. */
  readonly lengths: Readonly<Record<string, number>>;
}

/** A payment method that the gateway knows. */
export interface WayCode {
  /** The first is the default; `payDataType` in channelExtra selects another. */
  readonly payDataTypes: readonly [string, ...string[]];
  /** The required member of channelExtra, and the message if it is missing. */
  readonly needs?: { readonly member: string; readonly words: string };
  /** The payer chooses the method on a page of the gateway: the order starts in state 0. */
  readonly opensCashier?: boolean;
}

/** How an endpoint creates a pay order. */
export interface OrderDefaults {
  /** The default payment method. */
  readonly wayCode?: string;
  /** The payer pays on a page of the gateway, whatever the payment method: the order starts in state 0. */
  readonly opensCashier?: boolean;
  /** Defaults for queries and notifies, if the request has no value. */
  readonly subject?: string;
  readonly body?: string;
  /** Seconds until the order expires: the default if the request has no expiredTime, and the minimum. */
  readonly lifeSeconds: number;
  readonly leastLifeSeconds?: number;
}

/** The differences between gateways; the engine is the same for all. */
export interface Dialect {
  readonly name: DialectName;
  readonly endpoints: Readonly<Partial<Record<SandboxEndpoint, Endpoint>>>;
  readonly wayCodes: Readonly<Record<string, WayCode>>;
  /** Names with such a prefix are known payment methods too. */
  readonly wayCodePrefixes: readonly string[];
  /** The transfer channels of an app, each with the entry types that it accepts; `*` is any channel. */
  readonly transferChannels: Readonly<Record<string, readonly string[]>>;
  /** The states that are notified. */
  readonly announced: Readonly<Record<EntryKind, readonly number[]>>;
  /** Every response has a `traceId`, which is not signed. */
  readonly hasTraceId: boolean;
  /** Whether the query of a cashier order returns the URL of its page. */
  readonly tellsPayUrl: boolean;
}
