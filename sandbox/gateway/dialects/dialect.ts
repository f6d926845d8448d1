/** Which gateway the sandbox is: the recorded open platform, or Pass2Pay as its documents describe it. */
export type DialectName = (typeof DIALECT_NAMES)[number];
export const DIALECT_NAMES = ['pass2pay', 'platform'] as const;

/** What a gateway keeps: pay orders, transfers, and refunds of pay orders. */
export type EntryKind = 'order' | 'transfer' | 'refund';

/** The parameters that name an entry: the merchant's own number, and the gateway's. */
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

/** The endpoints that make a pay order. */
export type PayEndpoint = 'cashierOrder' | 'unifiedOrder' | 'cryptoOrder';

export type BeanFieldType = 'String' | 'Long' | 'Integer' | 'Byte';
export type BeanFields = Readonly<Record<string, BeanFieldType>>;

/** A request as the gateway's typed bean holds it. A field that is null there is absent here. */
export type Bean = Readonly<Record<string, string | bigint>>;

/** A rule on the typed request, before merchant and signature are looked at. */
export interface FieldRule {
  readonly field: string;
  /** Said when the field is null or, of a text, nothing but blanks; undefined where it may be missing. */
  readonly missing?: string;
  /** Of a number that is there. */
  readonly range?: { readonly least: bigint; readonly most?: bigint; readonly words: string };
}

/** What is checked after the signature; the names are those of `CHECKS`. */
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

/** What is done once every check has passed; the names are those of `OPERATIONS`. */
export type OperationName =
  'createOrder' | 'queryOrder' | 'closeOrder' | 'createTransfer' | 'queryTransfer' | 'createRefund' | 'queryRefund';

export interface Endpoint {
  readonly path: string;
  readonly methods: readonly string[];
  readonly kind: EntryKind;
  readonly fields: BeanFields;
  readonly rules: readonly FieldRule[];
  /** In their order. */
  readonly checks: readonly CheckName[];
  /** For the check `requiredFields`: missing or blank, and what is said then. */
  readonly requiredFields?: readonly (readonly [field: string, words: string])[];
  /** Undefined where no request comes that far. */
  readonly operation?: OperationName;
  /** For those that make a pay order. */
  readonly order?: OrderDefaults;
  /** Longest texts that the database takes, in characters. */
  readonly lengths: Readonly<Record<string, number>>;
}

/** A way of paying that the gateway knows. */
export interface WayCode {
  /** The first is the default; `payDataType` in channelExtra asks for another. */
  readonly payDataTypes: readonly [string, ...string[]];
  /** The member of channelExtra without which it is refused, and the words. */
  readonly needs?: { readonly member: string; readonly words: string };
  /** The payer chooses the way on a page of the gateway: the order begins in state 0. */
  readonly opensCashier?: boolean;
}

/** How an endpoint makes a pay order. */
export interface OrderDefaults {
  /** The way of paying of a request that names none. */
  readonly wayCode?: string;
  /** The payer pays on a page of the gateway whatever the way of paying is: the order begins in state 0. */
  readonly opensCashier?: boolean;
  /** What stands in queries and notifies where the request has none. */
  readonly subject?: string;
  readonly body?: string;
  /** Seconds until the order closes: where the request has no expiredTime, and the least that it can have. */
  readonly lifeSeconds: number;
  readonly leastLifeSeconds?: number;
}

/** What tells one gateway from another; the engine is the same. */
export interface Dialect {
  readonly name: DialectName;
  readonly endpoints: Readonly<Partial<Record<SandboxEndpoint, Endpoint>>>;
  readonly wayCodes: Readonly<Record<string, WayCode>>;
  /** Names with such a beginning are known ways of paying too. */
  readonly wayCodePrefixes: readonly string[];
  /** The channels by which an app can transfer, each with the entry types that it takes; `*` is any channel. */
  readonly transferChannels: Readonly<Record<string, readonly string[]>>;
  /** The states whose reaching is announced. */
  readonly announced: Readonly<Record<EntryKind, readonly number[]>>;
  /** Every response has a `traceId`, which is not signed. */
  readonly hasTraceId: boolean;
  /** A cashier order's query names its page. */
  readonly tellsPayUrl: boolean;
}
