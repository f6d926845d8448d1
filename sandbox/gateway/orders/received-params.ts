import type { Bean } from '../dialects/dialect.js';
import type { ReceivedParams } from './sandbox-order.js';

/** A request's parameters as they are stored: without `sign`, integers as numbers if they are exact. */
export function receivedParams(bean: Bean): ReceivedParams {
  const received: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(bean)) {
    if (name !== 'sign') received[name] = typeof value === 'bigint' ? kept(value) : value;
  }
  return received;
}

/** The given fields as text; missing ones are omitted. */
export function given<F extends string>(bean: Bean, fields: readonly F[]): Partial<Record<F, string>> {
  const found: Partial<Record<F, string>> = {};
  for (const field of fields) {
    const value = bean[field];
    if (value !== undefined) found[field] = String(value);
  }
  return found;
}

function kept(value: bigint): string | number {
  return BigInt.asIntN(54, value) === value ? Number(value) : String(value);
}
