import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Call, GatewayResponse } from '../../../lib/client/call.js';
import type { ResolvedClientOptions } from '../../../lib/client/client.options.js';
import { bulkhead } from '../../../lib/client/policies/bulkhead.js';
import { cockatiel } from '../../../lib/client/policies/cockatiel.js';
import { Pass2PayConnectionError, Pass2PayRateLimitError } from '../../../lib/errors/pass2pay.errors.js';
import { ObservedRequest } from '../../../lib/telemetry/gateway-telemetry.js';
import { NO_SPAN } from '../../../lib/telemetry/spans.js';
import { listenersOf } from '../support/abort-listeners.js';
import { callOf, refusal, RESPONSE } from '../support/calls.js';
import { rejectionOf } from '../support/failure-of.js';

/** A bulkhead whose requests end when the test says so. */
function openBulkhead(options: { maxConcurrent: number; maxQueued: number }) {
  const running: { call: Call; respond: (response: GatewayResponse) => void; fail: (error: unknown) => void }[] = [];
  const handle = bulkhead(options as ResolvedClientOptions)(
    (call) => new Promise((respond, fail) => running.push({ call, respond, fail })),
  );
  return { running, send: async (changes: Partial<Call> = {}) => handle(callOf(changes)) };
}

/** Lets all that can happen now happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

// The first request loads it, which reads files.
beforeAll(cockatiel);

describe('the limit of concurrent requests', () => {
  it('lets further requests wait until one has ended, however it ends', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 2, maxQueued: 2 });
    const first = rejectionOf(send());
    const others = [send(), send(), send()];
    await settle();
    expect(running).toHaveLength(2);
    const refused = refusal('验签失败');
    running[0]!.fail(refused);
    expect(await first).toBe(refused);
    await settle();
    expect(running).toHaveLength(3);
    running[1]!.respond(RESPONSE);
    await settle();
    expect(running).toHaveLength(4);
    for (const { respond } of running) respond(RESPONSE);
    expect(await Promise.all(others)).toEqual([RESPONSE, RESPONSE, RESPONSE]);
  });

  it('refuses a request if too many wait, and does not send it', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 1 });
    void send();
    void send();
    const error = await rejectionOf(send());
    expect(error).toBeInstanceOf(Pass2PayRateLimitError);
    expect(error).toMatchObject({
      message: 'A limit set in the module’s options was exceeded. Wait up to a minute, then call again.',
      retryAfterMs: undefined,
      limitedBy: 'options',
      mchOrderNo: 'O1',
    });
    expect(running).toHaveLength(1);
  });

  it('sends a request in its own context, also after it has waited', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 1 });
    let bound = 0;
    class Bound extends ObservedRequest {
      override bind<T>(work: () => T): () => T {
        return () => {
          bound += 1;
          return work();
        };
      }
    }
    void send();
    const waiting = send({ request: new Bound(NO_SPAN), params: { mchOrderNo: 'O2' } });
    await settle();
    expect(bound).toBe(0);
    running[0]!.respond(RESPONSE);
    await settle();
    expect(bound).toBe(1);
    expect(running[1]!.call.params).toEqual({ mchOrderNo: 'O2' });
    running[1]!.respond(RESPONSE);
    expect(await waiting).toBe(RESPONSE);
  });
});

describe('a request whose signal is aborted', () => {
  it('ends at once while it waits, is not sent, and makes room for the next one', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 2 });
    const caller = new AbortController();
    void send();
    const waiting = rejectionOf(send({ signal: caller.signal }));
    const next = send({ params: { mchOrderNo: 'O3' } });
    await settle();
    caller.abort('the payer left');
    const error = await waiting;
    expect(error).toBeInstanceOf(Pass2PayConnectionError);
    expect(error).toMatchObject({
      code: 'PASS2PAY_ABORTED',
      requestSent: false,
      cause: 'the payer left',
      mchOrderNo: 'O1',
    });
    running[0]!.respond(RESPONSE);
    await settle();
    expect(running.map(({ call }) => call.params.mchOrderNo)).toEqual(['O1', 'O3']);
    running[1]!.respond(RESPONSE);
    expect(await next).toBe(RESPONSE);
  });

  it('ends at once while it runs, and may have been sent', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 0 });
    const caller = new AbortController();
    const failure = rejectionOf(send({ signal: caller.signal }));
    await settle();
    expect(running).toHaveLength(1);
    caller.abort();
    expect(await failure).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: true, mchOrderNo: 'O1' });
    expect(listenersOf(caller.signal)).toBe(0);
  });

  it('is not sent if it was aborted before', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 0 });
    const error = await rejectionOf(send({ signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false, mchOrderNo: 'O1' });
    expect(running).toHaveLength(0);
  });

  it('does not wait for other requests if it was aborted before', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 1 });
    void send();
    const error = await rejectionOf(send({ signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ code: 'PASS2PAY_ABORTED', requestSent: false, mchOrderNo: 'O1' });
    expect(running).toHaveLength(1);
  });

  it('throws its own error if it fails before it is aborted', async () => {
    const { running, send } = openBulkhead({ maxConcurrent: 1, maxQueued: 0 });
    const refused = refusal('验签失败');
    const { signal } = new AbortController();
    const failure = rejectionOf(send({ signal }));
    await settle();
    running[0]!.fail(refused);
    expect(await failure).toBe(refused);
    expect(listenersOf(signal)).toBe(0);
  });
});
