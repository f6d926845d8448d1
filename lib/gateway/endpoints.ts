/** The gateway's documented endpoints by the names used here, with the version that each expects. Source: protocol §8. */
export const ENDPOINTS = {
  cashierOrder: { path: 'api/pay/cashierOrder', version: '1.1' },
  unifiedOrder: { path: 'api/pay/unifiedOrder', version: '1.1' },
  cryptoOrder: { path: 'api/pay/cryptoOrder', version: '1.1' },
  query: { path: 'api/pay/query', version: '1.0' },
  transferOrder: { path: 'api/transferOrder', version: '1.1' },
  transferQuery: { path: 'api/transfer/query', version: '1.0' },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof ENDPOINTS;

/** An endpoint of the gateway: its path without a leading slash, and the version to send. */
export interface Endpoint {
  readonly path: string;
  readonly version: string;
}
