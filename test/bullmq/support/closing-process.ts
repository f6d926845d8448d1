import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';
import { gate } from './wait.js';

/** What a process of its own is told: to work for a queue, to let its handlers finish, to close the queue. */
export type ClosingOrder = BullMqOutcomeQueueOptions | 'finish' | 'close';

/** What it tells: that it is `ready`, `works`, has `closed` the queue; or the order that it handles. */
export type ClosingReport = string;

const { opened: finished, open: finish } = gate();
let queue: BullMqOutcomeQueue | undefined;

async function work(options: BullMqOutcomeQueueOptions): Promise<void> {
  queue = new BullMqOutcomeQueue(options);
  await queue.start({
    deliver: async ({ data }) => {
      process.send!(data.mchOrderNo);
      await finished;
      return 'applied';
    },
    sweep: async () => {},
    sweepEveryMs: 1_000,
  });
  process.send!('works');
}

/** The process then ends, if nothing keeps it. */
async function close(): Promise<void> {
  await queue!.close();
  process.disconnect();
}

process.on('message', (order: ClosingOrder) => {
  if (order === 'finish') finish();
  else void (order === 'close' ? close() : work(order));
});
process.send!('ready');
