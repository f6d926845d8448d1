import type { CircuitBreakerPolicy } from 'cockatiel';
import {
  Pass2PayApiError,
  Pass2PayCircuitOpenError,
  Pass2PayConnectionError,
  Pass2PaySignatureError,
  Pass2PayTimeoutError,
} from '../../errors/pass2pay.errors.js';
import { lazily } from '../../validation/lazily.js';
import type { GatewayResponse, Policy } from '../call.js';
import type { ResolvedClientOptions } from '../client.options.js';
import { cockatiel } from './cockatiel.js';

/** The result of a request: any response of the gateway counts as a success. */
type Result = { response: GatewayResponse } | { refusal: unknown };

/** Opens after several consecutive failures; while it is open, no request is sent. */
export class CircuitBreaker {
  private current: 'closed' | 'half-open' | 'open' = 'closed';
  private readonly halfOpenAfterMs: number;
  private readonly breaker: () => Promise<CircuitBreakerPolicy>;

  constructor({ circuitBreaker: { failures, halfOpenAfterMs } }: Pick<ResolvedClientOptions, 'circuitBreaker'>) {
    this.halfOpenAfterMs = halfOpenAfterMs;
    this.breaker = lazily(async () => {
      const { circuitBreaker, ConsecutiveBreaker, handleWhen } = await cockatiel();
      const breaker = circuitBreaker(handleWhen(isOutage), {
        halfOpenAfter: halfOpenAfterMs,
        breaker: new ConsecutiveBreaker(failures),
      });
      breaker.onBreak(() => (this.current = 'open'));
      breaker.onHalfOpen(() => (this.current = 'half-open'));
      breaker.onReset(() => (this.current = 'closed'));
      return breaker;
    });
  }

  get state(): 'closed' | 'half-open' | 'open' {
    return this.current;
  }

  /** Throws Pass2PayCircuitOpenError while the circuit is open. */
  readonly policy: Policy = (next) => async (call) => {
    const send = async (): Promise<Result> => {
      try {
        return { response: await next(call) };
      } catch (refusal) {
        if (isResponse(refusal)) return { refusal };
        throw refusal;
      }
    };
    const breaker = await this.breaker();
    let result: Result;
    try {
      result = await breaker.execute(send, call.signal);
    } catch (error) {
      const { isBrokenCircuitError } = await cockatiel();
      if (isBrokenCircuitError(error)) throw new Pass2PayCircuitOpenError(this.halfOpenAfterMs, call.order);
      throw error;
    }
    if ('refusal' in result) throw result.refusal;
    return result.response;
  };
}

/** Whether an error indicates that the gateway is failing. */
function isOutage(error: unknown): boolean {
  if (error instanceof Pass2PayTimeoutError) return true;
  return (
    error instanceof Pass2PayConnectionError &&
    (error.code === 'PASS2PAY_CONNECTION' || (error.httpStatus !== undefined && error.httpStatus >= 500))
  );
}

/** Whether an error comes from a gateway response with HTTP status 2xx. */
function isResponse(error: unknown): boolean {
  if (error instanceof Pass2PayApiError || error instanceof Pass2PaySignatureError) return true;
  return (
    error instanceof Pass2PayConnectionError &&
    error.code === 'PASS2PAY_BAD_RESPONSE' &&
    (error.httpStatus ?? 200) < 300
  );
}
