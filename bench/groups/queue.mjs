import { startServer } from '../lib/children.mjs';
import { concurrent, interleaved, PLAN, ratio } from '../lib/measure.mjs';
import { BullMqOutcomeQueue, fromRoot, MERCHANT, OutcomeProcessor, PaymentNotification } from '../lib/module.mjs';
import { startModule } from '../lib/nest.mjs';
import { atLeast } from '../lib/targets.mjs';

const CONCURRENCY = 32;
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };

/** Queue mode on Redis: how fast notifies are acknowledged, and how much a second worker adds. */
export async function run(progress) {
  const prefix = `pass2pay-bench-${process.pid}`;
  const { Queue } = fromRoot('bullmq');
  const bare = new Queue('bare', { connection, prefix, defaultJobOptions: { removeOnComplete: true } });
  await bare.waitUntilReady();
  const outcomeQueue = new BullMqOutcomeQueue({ connection, prefix, name: 'outcomes', work: false });
  const app = await startModule({ baseUrl: 'https://api.example', merchants: [MERCHANT], outcomeQueue });
  const outcomes = app.get(OutcomeProcessor);
  let n = 0;
  const acks = await interleaved(
    {
      'queue.add alone': concurrent(() => {
        n += 1;
        return bare.add(
          'payment',
          { kind: 'payment', data: JSON.stringify(payment(n)), source: 'notify' },
          { jobId: `bare.${n}` },
        );
      }, CONCURRENCY),
      'nestjs-pass2pay, event stored': concurrent(() => outcomes.process(payment((n += 1))), CONCURRENCY),
    },
    { progress: (round) => progress(`acknowledging, ${round}`) },
  );
  await bare.obliterate({ force: true });
  await bare.close();

  const handled = { 'one worker process': [], 'two worker processes': [] };
  const jobs = Math.ceil(300 * PLAN.scale);
  for (let round = 0; round < Math.ceil(PLAN.rounds / 2); round++) {
    for (const [name, workers] of [
      ['one worker process', 1],
      ['two worker processes', 2],
    ]) {
      handled[name].push(await drained(prefix, `work-${round}-${workers}`, workers, jobs));
    }
    progress(`workers, round ${round + 1} of ${Math.ceil(PLAN.rounds / 2)}`);
  }
  await app.close();
  const cleaning = new Queue('outcomes', { connection, prefix });
  await cleaning.obliterate({ force: true });
  await cleaning.close();
  return [
    {
      id: 'queue',
      title: 'Queue mode on Redis: event stored, then acknowledged (32 at a time)',
      unit: 'notifies/s',
      samples: acks,
      targets: [atLeast('queue.add alone', 0.5, ratio(acks, 'nestjs-pass2pay, event stored', 'queue.add alone'))],
    },
    {
      id: 'workers',
      title: 'Queue mode: handlers that compute for 5 ms each',
      unit: 'outcomes/s',
      samples: handled,
      targets: [atLeast('one process', 1.6, ratio(handled, 'two worker processes', 'one worker process'))],
    },
  ];
}

/**
 * Outcomes per second that `workers` processes handle, measured after they have all started and all outcomes are
 * queued.
 */
async function drained(prefix, name, workers, jobs) {
  const { Queue } = fromRoot('bullmq');
  const queue = new Queue(name, { connection, prefix });
  await queue.pause();
  const servers = await Promise.all(
    Array.from({ length: workers }, () => startServer('servers/worker.mjs', prefix, name, connection.url)),
  );
  const putting = new BullMqOutcomeQueue({ connection, prefix, name, work: false });
  let done = 0;
  let resolve;
  const all = new Promise((settle) => (resolve = settle));
  for (const { child } of servers) {
    child.on('message', () => {
      done += 1;
      if (done === jobs) resolve();
    });
  }
  await Promise.all(
    Array.from({ length: jobs }, (_, n) => putting.add({ kind: 'payment', data: payment(n), source: 'notify' })),
  );
  const from = performance.now();
  await queue.resume();
  await all;
  const rate = (jobs / (performance.now() - from)) * 1000;
  await putting.close();
  for (const server of servers) await server.stop();
  await queue.obliterate({ force: true });
  await queue.close();
  return rate;
}

function payment(n) {
  return Object.assign(new PaymentNotification(), {
    payOrderId: `P${n}`,
    mchOrderNo: `O${n}`,
    mchNo: MERCHANT.mchNo,
    appId: MERCHANT.appId,
    amount: 10031,
    currency: 'cny',
    state: 2,
    subject: '商品',
    createdAt: 1716888800000,
    successTime: 1716888888123,
    reqTime: 1716888889000,
  });
}
