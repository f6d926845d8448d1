import { afterEach, beforeEach, expect, it } from '@jest/globals';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import type { Policy } from '../../lib/client/call.js';
import { pipeline, type PipelineParts } from '../../lib/client/pipeline.js';
import { Pass2PayTimeoutError } from '../../lib/errors/pass2pay.errors.js';
import { callOf } from './support/calls.js';
import { rejectionOf } from './support/failure-of.js';
import { MemoryTransport, partsWith } from './support/pipeline-parts.js';

let clock: Clock;
beforeEach(() => {
  clock = FakeTimers.install({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => clock.uninstall());

it('passes a call through every policy, and sends it last', async () => {
  const steps: string[] = [];
  const named = (name: string, policy: Policy): Policy => {
    return (next) => {
      const handle = policy(next);
      return async (call) => {
        steps.push(name);
        return handle(call);
      };
    };
  };
  const transport = new MemoryTransport(async () => {
    steps.push('send');
    return {};
  });
  const parts = partsWith(transport);
  const { observed } = callOf();
  const counted = Object.assign(Object.create(observed) as typeof observed, {
    call: <T>(work: () => Promise<T>) => {
      steps.push('observeCall');
      return observed.call(work);
    },
    request: (work: Parameters<typeof observed.request>[0]) => {
      steps.push('observeRequest');
      return observed.request(work);
    },
  });
  const handle = pipeline({
    ...parts,
    retries: { policy: named('retry', parts.retries.policy) } as PipelineParts['retries'],
    limits: { policy: named('rateLimit', parts.limits.policy) } as PipelineParts['limits'],
    breaker: { policy: named('circuitBreaker', parts.breaker.policy) } as PipelineParts['breaker'],
  });
  const response = await handle(callOf({ observed: counted }));
  expect(response).toMatchObject({ data: {}, traceId: 't1' });
  expect(steps).toEqual(['observeCall', 'retry', 'rateLimit', 'observeRequest', 'circuitBreaker', 'send']);
  expect(parts.activity.lastResponseAt).toBeDefined();
});

it('limits the concurrent requests', async () => {
  const transport = new MemoryTransport(() => new Promise(() => {}));
  const handle = pipeline(partsWith(transport, { maxConcurrent: 1, maxQueued: 0 }));
  void handle(callOf());
  expect(await rejectionOf(handle(callOf()))).toMatchObject({ code: 'PASS2PAY_RATE_LIMIT', limitedBy: 'options' });
  expect(transport.sent).toHaveLength(1);
});

it('limits the duration of a request', async () => {
  const transport = new MemoryTransport(() => new Promise(() => {}));
  const failure = rejectionOf(pipeline(partsWith(transport, { timeoutMs: 1_000 }))(callOf()));
  await clock.tickAsync(1_000);
  expect(await failure).toEqual(new Pass2PayTimeoutError(1_000, { mchOrderNo: 'O1' }));
});
