import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';

/** What a process of its own tells: what it handles, and that it sweeps. It never finishes what it handles. */
export type WorkReport = { ready: true } | { works: true } | { handles: string } | { sweeps: number };

/** What a process of its own is told to do. */
export type WorkOrder = BullMqOutcomeQueueOptions & { sweepEveryMs?: number };

function report(what: WorkReport): void {
  process.send!(what);
}

process.on('disconnect', () => process.exit());

async function work({ sweepEveryMs, ...options }: WorkOrder): Promise<void> {
  await new BullMqOutcomeQueue(options).start({
    deliver: (event) => {
      report({ handles: event.data.mchOrderNo });
      return new Promise(() => {});
    },
    sweep: sweepEveryMs === undefined ? undefined : async () => report({ sweeps: Date.now() }),
    sweepEveryMs: sweepEveryMs ?? 0,
  });
  report({ works: true });
}

process.on('message', (order: WorkOrder) => void work(order));
report({ ready: true });
