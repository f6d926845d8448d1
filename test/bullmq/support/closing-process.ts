import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';

// A process of its own that works for a queue until it is told to close it, and then ends if nothing keeps it.
const queue = new BullMqOutcomeQueue(JSON.parse(process.argv[2]!) as BullMqOutcomeQueueOptions);
await queue.start({
  deliver: async () => {
    await sleep(500);
    return 'delivered';
  },
  sweep: async () => {},
  sweepEveryMs: 1_000,
});
process.send!('ready');
await once(process, 'message');
await queue.close();
process.send!('closed', () => process.disconnect());
