import { describe, expect, it } from '@jest/globals';
import type { Call, GatewayResponse, Policy } from '../../lib/client/call.js';
import { compose, POLICY_ORDER } from '../../lib/client/pipeline.js';

const RESPONSE: GatewayResponse = { data: {}, reqTime: 0, merchant: { mchNo: 'M1', appId: 'A1' } };

describe('the pipeline of a call', () => {
  it('has its policies in this order', () => {
    expect(POLICY_ORDER.join(' → ')).toBe(
      'observeCall → retry → rateLimit → observeRequest → bulkhead → circuitBreaker → timeout',
    );
  });

  it('runs the first policy outermost, and hands on what each one adds', async () => {
    const steps: string[] = [];
    const step =
      (name: string): Policy =>
      (next) =>
      async (call) => {
        steps.push(`${name} begins`);
        const response = await next({ ...call, params: { ...call.params, [name]: steps.length } });
        steps.push(`${name} ends`);
        return response;
      };
    const handle = compose([step('first'), step('second')], async ({ params }) => {
      steps.push(`sent with ${Object.keys(params).join(' and ')}`);
      return RESPONSE;
    });
    expect(await handle({ params: {} } as Call)).toBe(RESPONSE);
    expect(steps).toEqual(['first begins', 'second begins', 'sent with first and second', 'second ends', 'first ends']);
  });
});
