import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compareGateways } from '../../sandbox/command/compare/compare-gateways.js';
import { Pace } from '../../sandbox/command/compare/pace.js';
import type { GatewayAnswer } from '../../sandbox/command/compare/send.js';
import { Pass2PaySandbox } from '../../sandbox/index.js';
import { MERCHANT } from '../support/test-merchant.js';
import { reportFolder } from './support/comparison.js';

const { mchNo, appId, secrets: secret } = MERCHANT;
const folder = reportFolder();
const START = Date.UTC(2024, 5, 1, 12);

/** A clock that only its waits move. */
class WaitingClock {
  time = START;
  readonly waits: number[] = [];

  now(): number {
    return this.time;
  }

  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.time += ms;
  }
}

const OK: GatewayAnswer = { status: 200, body: '{}' };
const tooMany = (retryAfter?: string): GatewayAnswer => ({
  status: 429,
  body: '',
  ...(retryAfter !== undefined && { retryAfter }),
});

/** Gives these answers, one after the other. */
const answering = (...answers: GatewayAnswer[]) => {
  const left = [...answers];
  return async () => left.shift()!;
};

describe('requests to the gateway', () => {
  it('are as far apart as the rate says, and the first goes out at once', async () => {
    const clock = new WaitingClock();
    const pace = new Pace(clock, 30);
    for (let sent = 0; sent < 3; sent += 1) await pace.send(answering(OK));
    expect(clock.waits).toEqual([2_000, 2_000]);
  });

  it('wait no longer where the gateway was slow', async () => {
    const clock = new WaitingClock();
    const pace = new Pace(clock, 30);
    await pace.send(answering(OK));
    clock.time += 1_500;
    await pace.send(answering(OK));
    clock.time += 5_000;
    await pace.send(answering(OK));
    expect(clock.waits).toEqual([500]);
  });

  it.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(START + 90_000).toUTCString(), 90_000],
    ['nothing', undefined, 60_000],
    ['nonsense', 'soon', 60_000],
  ])('are sent again after HTTP 429, whose Retry-After says %s', async (_what, retryAfter, waitMs) => {
    const clock = new WaitingClock();
    const answer = await new Pace(clock, 30).send(answering(tooMany(retryAfter), OK));
    expect(answer).toEqual(OK);
    expect(clock.waits).toEqual([waitMs]);
  });

  it('are given up after three repetitions, or when the gateway asks for more than ten minutes', async () => {
    const clock = new WaitingClock();
    const four = Array<GatewayAnswer>(4).fill(tooMany('1'));
    await expect(new Pace(clock, 30).send(answering(...four, OK))).rejects.toThrow('HTTP 429');
    expect(clock.waits).toEqual([1_000, 1_000, 1_000]);
    await expect(new Pace(clock, 30).send(answering(tooMany('601'), OK))).rejects.toThrow('HTTP 429');
    expect(clock.waits).toHaveLength(3);
  });

  it.each([502, 503, 504])('have no answer where a proxy says HTTP %s', async (status) => {
    const sent = new Pace(new WaitingClock(), 30).send(answering({ status, body: '' }));
    await expect(sent).rejects.toThrow(`HTTP ${status}`);
  });
});

it('a whole run keeps to the rate', async () => {
  const gateway = await Pass2PaySandbox.start({ merchants: [{ mchNo, appId, secret }] });
  const clock = new WaitingClock();
  const { counts } = await compareGateways({
    version: '1.0.0',
    target: gateway.url,
    dialect: 'pass2pay',
    account: { mchNo, appId },
    secret,
    create: false,
    requestsPerMinute: 30,
    reportPath: join(folder, 'report'),
    // Only ends a request that hangs.
    timeoutMs: 600_000,
    redact: (text) => text,
    clock,
  });
  await gateway.stop();
  expect(counts.alike).toBe(counts.total);
  expect(clock.waits).toEqual(Array(counts.total - 1).fill(2_000));
});
