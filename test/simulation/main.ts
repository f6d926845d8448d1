import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { describePlan, INBOXES, plan, type InboxKind, type Plan } from './plan.js';
import { BrokenPromise } from './promises.js';
import { Simulation } from './simulation.js';
import { databaseStore } from './stores/database-store.js';
import { memoryStore } from './stores/memory-store.js';
import { redisStore } from './stores/redis-store.js';
import type { Store } from './stores/store.js';
import { VirtualTime } from './virtual-time.js';

const { values } = parseArgs({
  options: {
    inbox: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    runs: { type: 'string', default: '1000' },
    path: { type: 'string' },
    'no-shrinking': { type: 'boolean', default: false },
  },
});

/** How long the shortest schedule that fails is looked for, in ms. */
const SHRINKING_MS = 120_000;

Logger.overrideLogger(false);
const seed = Number(values.seed);
const time = new VirtualTime();
const now = () => time.now;

const OPEN: Readonly<Record<InboxKind, () => Store | Promise<Store>>> = {
  memory: () => memoryStore,
  redis: () => redisStore(now),
  database: () => databaseStore(now),
};

const inbox = INBOXES.find((each) => each === values.inbox);
if (inbox === undefined) throw new TypeError(`--inbox must be one of ${INBOXES.join(', ')}`);
const store = await OPEN[inbox]();

async function simulate(each: Plan, isTold: boolean): Promise<Simulation> {
  const simulation = new Simulation(inbox!, each, time, store, isTold);
  try {
    await simulation.run();
  } catch (error) {
    if (!isTold || !(error instanceof BrokenPromise)) throw error;
  }
  return simulation;
}

const property = fc.asyncProperty(plan, async (each) => {
  await simulate(each, false);
});
const found = await fc.check(property, {
  seed,
  numRuns: Number(values.runs),
  endOnFailure: true,
  ...(values.path !== undefined && { path: values.path }),
});
const isShrunk = found.failed && values.path === undefined && !values['no-shrinking'];
const result = isShrunk
  ? await fc.check(property, { seed, path: found.counterexamplePath!, interruptAfterTimeLimit: SHRINKING_MS })
  : found;

if (!result.failed) {
  console.log(`${inbox}: ${result.numRuns} schedules, seed ${seed}: every promise holds`);
} else {
  const [failing] = result.counterexample!;
  console.log(`${inbox}: schedule ${result.numRuns} of seed ${seed}, shrunk ${result.numShrinks} times`);
  const { told } = (await simulate(failing, true)).scheduler;
  console.log([...describePlan(failing), '', ...told, ''].join('\n'));
  console.log(String((result.errorInstance as Error | undefined)?.message ?? result.errorInstance));
  if (!(result.errorInstance instanceof BrokenPromise)) console.log((result.errorInstance as Error).stack);
  console.log(`\nnpm run simulate -- --inbox ${inbox} --seed ${seed} --path ${result.counterexamplePath}`);
  process.exitCode = 1;
}
