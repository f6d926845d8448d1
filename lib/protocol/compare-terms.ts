import { gatewayWords } from './gateway-words.js';

/** The terms of an order or a transfer. */
export interface Terms {
  /** Minor units. */
  amount: number;
  currency: string;
  mchNo?: string | undefined;
  appId?: string | undefined;
  payOrderId?: string | undefined;
  transferId?: string | undefined;
}

const IDS = ['mchNo', 'appId', 'payOrderId', 'transferId'] as const;

/**
 * How an order or transfer differs from the expected one, such as `amount is 1, not 100`; empty if it matches.
 * Currencies are compared case-insensitively, because the gateway uses both cases. Ids that `expected` leaves out are
 * not compared.
 */
export function differencesOf(actual: Terms, expected: Terms): string[] {
  const differences: string[] = [];
  if (actual.amount !== expected.amount) differences.push(`amount is ${actual.amount}, not ${expected.amount}`);
  if (actual.currency.toLowerCase() !== expected.currency.toLowerCase()) {
    differences.push(`currency is ${gatewayWords(actual.currency)}, not ${expected.currency}`);
  }
  for (const id of IDS) {
    const wanted = expected[id];
    if (wanted !== undefined && actual[id] !== wanted)
      differences.push(`${id} is ${gatewayWords(String(actual[id]))}, not ${wanted}`);
  }
  return differences;
}
