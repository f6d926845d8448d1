import type { SecretRotation } from '../merchants/secret-rotation.js';
import type { Handler, Policy } from './call.js';
import type { ResolvedClientOptions } from './client.options.js';
import type { GatewayActivity } from './gateway-activity.js';
import { bulkhead } from './policies/bulkhead.js';
import type { CircuitBreaker } from './policies/circuit-breaker.js';
import { observeCall, observeRequest } from './policies/observe.js';
import type { RequestLimits } from './policies/rate-limit.js';
import type { Retries } from './policies/retry.js';
import { signAndVerify } from './policies/sign-and-verify.js';
import { timeout } from './policies/timeout.js';
import { sendBy } from './send.js';
import type { Transport } from './transport/transport.js';

/** The policies of a call, from the outside in; `signAndVerify` and `send` follow. */
export const POLICY_ORDER = [
  'observeCall',
  'retry',
  'rateLimit',
  'observeRequest',
  'bulkhead',
  'circuitBreaker',
  'timeout',
] as const;

/** The state of one client's policies that other parts read. */
export interface PipelineParts {
  options: ResolvedClientOptions;
  rotation: SecretRotation;
  retries: Retries;
  limits: RequestLimits;
  activity: GatewayActivity;
  breaker: CircuitBreaker;
  transport: Transport;
}

/** Runs one call, from its parameters to the verified response. */
export function pipeline({ options, rotation, retries, limits, activity, breaker, transport }: PipelineParts): Handler {
  const policies: Record<(typeof POLICY_ORDER)[number], Policy> = {
    observeCall,
    retry: retries.policy,
    rateLimit: limits.policy,
    observeRequest: observeRequest(activity),
    bulkhead: bulkhead(options),
    circuitBreaker: breaker.policy,
    timeout: timeout(options),
  };
  return compose(
    POLICY_ORDER.map((name) => policies[name]),
    signAndVerify(sendBy(transport, options), rotation),
  );
}

/** The policies around the innermost handler, the first one outermost. */
export function compose(policies: readonly Policy[], innermost: Handler): Handler {
  return policies.reduceRight<Handler>((next, policy) => policy(next), innermost);
}
