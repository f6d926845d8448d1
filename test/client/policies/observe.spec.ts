import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Call } from '../../../lib/client/call.js';
import { GatewayActivity } from '../../../lib/client/gateway-activity.js';
import { observeCall, observeRequest } from '../../../lib/client/policies/observe.js';
import { Pass2PayTimeoutError } from '../../../lib/errors/pass2pay.errors.js';
import { ObservedRequest } from '../../../lib/telemetry/gateway-telemetry.js';
import { callOf, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';
import { RecordedSpans } from '../support/recorded-spans.js';

const LOST = new Pass2PayTimeoutError(1_000);

describe('the observation of a call', () => {
  it('passes on the call, and its response or error', async () => {
    const call = callOf();
    const results: string[] = [];
    call.observed.call = async (work) => {
      results.push('begun');
      return work().finally(() => results.push('ended'));
    };
    const respond = async (given: Call) => {
      expect(given).toBe(call);
      return RESPONSE;
    };
    expect(await observeCall(respond)(call)).toBe(RESPONSE);
    expect(await rejectionOf(observeCall(() => Promise.reject(LOST))(call))).toBe(LOST);
    expect(results).toEqual(['begun', 'ended', 'begun', 'ended']);
  });
});

describe('the observation of a request', () => {
  let spans: RecordedSpans;
  beforeAll(() => {
    spans = new RecordedSpans();
  });
  afterAll(() => spans.stop());

  it('passes on the call with the request’s own telemetry, and records the response', async () => {
    const activity = new GatewayActivity();
    const call = callOf();
    const handed: Call[] = [];
    const handle = observeRequest(activity)(async (given) => {
      handed.push(given);
      return RESPONSE;
    });
    expect(await handle(call)).toBe(RESPONSE);
    expect(await handle(call)).toBe(RESPONSE);
    const requests = handed.map(({ request }) => request);
    expect(requests).toEqual([expect.any(ObservedRequest), expect.any(ObservedRequest)]);
    expect(new Set([call.request, ...requests]).size).toBe(3);
    expect(handed[0]).toEqual({ ...call, request: requests[0] });
    expect(activity.lastResponseAt).toBeDefined();
    expect(spans.take()).toEqual([
      expect.objectContaining({ name: 'POST /api/pay/cashierOrder', 'pass2pay.outcome': 'ok' }),
      expect.objectContaining({ 'http.request.resend_count': 1, 'pass2pay.outcome': 'ok' }),
    ]);
  });

  it('records the failure, and throws the error', async () => {
    const activity = new GatewayActivity();
    const handle = observeRequest(activity)(() => Promise.reject(LOST));
    expect(await rejectionOf(handle(callOf()))).toBe(LOST);
    expect(activity.lastFailure).toMatchObject({ code: 'PASS2PAY_TIMEOUT' });
    expect(spans.take()).toEqual([expect.objectContaining({ 'pass2pay.outcome': 'PASS2PAY_TIMEOUT' })]);
  });
});
