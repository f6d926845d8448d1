import { Logger } from '@nestjs/common';
import { describedOrder, type OrderIdentity } from '../../protocol/order-identity.js';
import { instruments } from '../../telemetry/instruments.js';
import { ATTRIBUTES } from '../../telemetry/names.js';

/**
 * What told of a create whose outcome was unknown: another `create` of the number, the reconciler's `query`, a `notify`, or the
 * day after its expiry (`never-made`).
 */
export type EndedBy = 'create' | 'query' | 'notify' | 'never-made';

const TOLD: Readonly<Record<EndedBy, string>> = {
  create: 'another create of the number has told',
  query: 'a query has found it',
  notify: 'a notify has told that it exists',
  'never-made': 'the gateway does not know it a day after it would have expired: it was never made',
};

const logger = new Logger('Pass2PayCreate');

/** Logs and counts the end of a create whose outcome was unknown. Called once, by who has written that end. */
export function unknownEnded(order: Omit<OrderIdentity, 'appId'>, by: EndedBy): void {
  const line = `The outcome of creating ${describedOrder(order)} is known now: ${TOLD[by]}.`;
  if (by === 'never-made') logger.warn(line);
  else logger.log(line);
  instruments()?.unknownEnded.add(1, { [ATTRIBUTES.kind]: order.kind, [ATTRIBUTES.by]: by });
}
