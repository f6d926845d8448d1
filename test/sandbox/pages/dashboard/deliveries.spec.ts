import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pass2PaySandbox } from '../../../../sandbox/index.js';
import { deliveriesOf } from '../../../../sandbox/gateway/pages/dashboard/deliveries.js';
import { type NotifyStanding, standingOf } from '../../../../sandbox/gateway/pages/dashboard/notify-standing.js';
import type { Delivery } from '../../../../sandbox/gateway/pages/dashboard/timeline/timeline-input.js';
import { MERCHANT, MerchantClient } from '../../support/merchant-client.js';
import { NotifyReceiver, saying } from '../../support/notify-receiver.js';

let notifySchedule: 'activemq' | 'rocketmq';
let sandbox: Pass2PaySandbox;
let client: MerchantClient;
let receiver: NotifyReceiver;

async function start(schedule: typeof notifySchedule): Promise<void> {
  notifySchedule = schedule;
  sandbox = await Pass2PaySandbox.start({ merchants: [MERCHANT], clock: 'stepped', notifySchedule });
  client = new MerchantClient(sandbox);
}

beforeEach(async () => {
  await start('activemq');
  receiver = await NotifyReceiver.start();
});
afterEach(async () => {
  await sandbox.stop();
  await receiver.stop();
});

function deliveries(): Delivery[] {
  return deliveriesOf(sandbox.journal.of('order', 'M1', 'O1'), { notifySchedule, notifySpeed: 1 }, sandbox.now());
}

function standing(): NotifyStanding {
  return standingOf(sandbox.order('O1')?.notifyUrl, deliveries());
}

describe('the deliveries of an order', () => {
  it.each(['activemq', 'rocketmq'] as const)(
    'are planned when they are made, with the schedule %s',
    async (schedule) => {
      await sandbox.stop();
      await start(schedule);
      receiver.reply(...Array.from({ length: 6 }, () => saying('later', 500)));
      await client.cashierOrder({ notifyUrl: receiver.url });
      await sandbox.pay('O1');
      await sandbox.advance(0);
      const planned = deliveries()[0]!.planned.map(({ at }) => at);
      await sandbox.advance(600_000);
      expect(deliveries()[0]!.attempts.map(({ at }) => at)).toEqual(planned);
      expect(planned.map((at) => (at - planned[0]!) / 1000)).toEqual(
        schedule === 'activemq' ? [0, 30, 90, 180, 300, 450] : [0, 30, 90, 210, 330, 510],
      );
    },
  );

  it('follow the schedule until one attempt is acknowledged', async () => {
    receiver.reply(saying('SUCCESS\n'), saying('{}', 500), saying('success', 500));
    await client.cashierOrder({ notifyUrl: receiver.url });
    expect([deliveries(), standing()]).toEqual([[], { kind: 'none' }]);
    await sandbox.pay('O1');
    await sandbox.advance(0);
    expect(standing()).toMatchObject({ kind: 'waiting', attempts: 1 });
    expect(deliveries()[0]?.planned.map(({ status }) => status)).toEqual(['made', 'due', 'due', 'due', 'due', 'due']);
    await sandbox.advance(500_000);
    const [delivery, ...others] = deliveries();
    expect(others).toEqual([]);
    expect(delivery?.attempts.map(({ slot, outcome }) => [slot, outcome])).toEqual([
      [1, 'refused'],
      [2, 'refused'],
      [3, 'acknowledged'],
    ]);
    expect(delivery?.planned.map(({ status }) => status)).toEqual([
      'made',
      'made',
      'made',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(delivery?.planned.map(({ at }) => at - delivery.announcedAt)).toEqual([
      0, 30_000, 90_000, 180_000, 300_000, 450_000,
    ]);
    expect(standing()).toEqual({ kind: 'acknowledged', attempts: 3 });
  });

  it('are given up after the sixth attempt, and a resend does not hide the next by schedule', async () => {
    receiver.reply(saying('no'));
    await client.cashierOrder({ notifyUrl: receiver.url });
    await sandbox.pay('O1');
    await sandbox.advance(0);
    await sandbox.resendNotify('O1');
    await sandbox.advance(0);
    expect(standing()).toMatchObject({ kind: 'waiting', attempts: 2 });
    expect(deliveries()[0]?.attempts.map(({ slot }) => slot)).toEqual([1, undefined]);
    await sandbox.advance(600_000);
    expect(standing()).toEqual({ kind: 'given-up', attempts: 7 });
  });

  it('are one for each announcement', async () => {
    await client.cashierOrder({ notifyUrl: receiver.url });
    await sandbox.close('O1');
    await sandbox.payAfterClose('O1');
    await sandbox.advance(0);
    expect(deliveries().map(({ number, state, acknowledged }) => [number, state, acknowledged])).toEqual([
      [1, 6, true],
      [2, 2, true],
    ]);
  });

  it('are none without a notifyUrl', async () => {
    await client.cashierOrder();
    await sandbox.pay('O1');
    expect(standing()).toEqual({ kind: 'no-url' });
  });
});
