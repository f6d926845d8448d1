import type { GatewayActivity } from '../gateway-activity.js';
import type { Policy } from '../call.js';

/** Counts the call by how it ends. */
export const observeCall: Policy = (next) => (call) => call.observed.call(() => next(call));

/** Shows each request as a span, and remembers how the last ones ended. */
export function observeRequest(activity: GatewayActivity): Policy {
  return (next) => (call) => call.observed.request((request) => activity.watch(() => next({ ...call, request })));
}
