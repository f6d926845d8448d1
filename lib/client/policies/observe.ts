import type { GatewayActivity } from '../gateway-activity.js';
import type { Policy } from '../call.js';

/** Counts the call by result. */
export const observeCall: Policy = (next) => (call) => call.observed.call(() => next(call));

/** Creates a span for each request, and records the results of the last ones. */
export function observeRequest(activity: GatewayActivity): Policy {
  return (next) => (call) => call.observed.request((request) => activity.watch(() => next({ ...call, request })));
}
