import { idempotencyKey, type OutcomeEvent, type OutcomeFacts } from '../../outcomes/outcome.js';

/** What the tables store about an outcome, besides the gateway's data. */
export interface KnownOfOutcome {
  late: boolean;
  gatewayState: number | undefined;
  previousState: number | undefined;
  isAdopted: boolean;
  checkoutKey?: string | undefined;
  duplicateOf?: string | undefined;
}

/** The part that handlers get. */
export function factsOf(event: OutcomeEvent, known: KnownOfOutcome, { replayed = false } = {}): OutcomeFacts {
  const { late, gatewayState, previousState, isAdopted, checkoutKey, duplicateOf } = known;
  return {
    late,
    ...(gatewayState !== undefined && { gatewayState }),
    ...(previousState !== undefined && { previousState }),
    adopted: isAdopted,
    ...(checkoutKey !== undefined && { checkoutKey }),
    ...(duplicateOf !== undefined && { duplicateOf }),
    replayed,
    source: event.source,
    idempotencyKey: idempotencyKey(event),
  };
}
