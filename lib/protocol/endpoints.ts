/** The gateway's documented endpoints and the version that each expects. Source: protocol §8. */
export const ENDPOINTS = {
  cashierOrder: { path: 'api/pay/cashierOrder', version: '1.1' },
  unifiedOrder: { path: 'api/pay/unifiedOrder', version: '1.1' },
  cryptoOrder: { path: 'api/pay/cryptoOrder', version: '1.1' },
  query: { path: 'api/pay/query', version: '1.0', repeatable: true },
  transferOrder: { path: 'api/transferOrder', version: '1.1' },
  transferQuery: { path: 'api/transfer/query', version: '1.0', repeatable: true },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;

/** An endpoint of the gateway. */
export interface Endpoint {
  /** Without a leading slash, such as `api/pay/close`. */
  readonly path: string;
  /** The version to send. */
  readonly version: string;
  /** Whether the endpoint only reads, as a query does, so that a call may be repeated when its response is lost. */
  readonly repeatable?: boolean;
}
