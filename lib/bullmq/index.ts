export { BullMqOutcomeQueue } from './bullmq-outcome-queue.js';
export type { BullMqOutcomeQueueOptions, PostgresBackend, RedisBackend } from './bullmq-options.js';
export type { QueueCounts } from './outcome-jobs.js';
export type { FailedOutcome } from './outcome-job.js';
