import { BullMqOutcomeQueue, type BullMqOutcomeQueueOptions } from '../../../lib/bullmq/index.js';

/** What a process of its own tells: what it handles, and that it sweeps. It never finishes what it handles. */
export type WorkReport = { ready: true } | { handles: string } | { sweeps: number };

const { sweepEveryMs, ...options } = JSON.parse(process.argv[2]!) as BullMqOutcomeQueueOptions & {
  sweepEveryMs?: number;
};

function report(what: WorkReport): void {
  process.send!(what);
}

process.on('disconnect', () => process.exit());

await new BullMqOutcomeQueue(options).start({
  deliver: (news) => {
    report({ handles: news.about.mchOrderNo });
    return new Promise(() => {});
  },
  sweep: sweepEveryMs === undefined ? undefined : async () => report({ sweeps: Date.now() }),
  sweepEveryMs: sweepEveryMs ?? 0,
});
report({ ready: true });
