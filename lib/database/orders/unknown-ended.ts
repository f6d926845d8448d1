import { Logger } from '@nestjs/common';
import { describedOrder, type OrderIdentity } from '../../protocol/order-identity.js';
import { instruments } from '../../telemetry/instruments.js';
import { ATTRIBUTES } from '../../telemetry/names.js';

/**
 * How the unknown outcome of a create was resolved: by another `create` of the number, the reconciler's `query`, a
 * `notify`, or the day after its expiry (`never-made`).
 */
export type EndedBy = 'create' | 'query' | 'notify' | 'never-made';

const TOLD: Readonly<Record<EndedBy, string>> = {
  create: 'another create of the number reported it',
  query: 'a query found it',
  notify: 'a notify reported that it exists',
  'never-made': 'the gateway does not know it a day after it would have expired, so it was never created',
};

const logger = new Logger('Pass2PayCreate');

/** Logs and counts the resolution of a create's unknown outcome. Called once, by the process that stored it. */
export function unknownEnded(order: Omit<OrderIdentity, 'appId'>, by: EndedBy): void {
  const line = `The create of ${describedOrder(order)} is resolved: ${TOLD[by]}.`;
  if (by === 'never-made') logger.warn(line);
  else logger.log(line);
  instruments()?.unknownEnded.add(1, { [ATTRIBUTES.kind]: order.kind, [ATTRIBUTES.by]: by });
}
