import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { cockatiel } from '../../lib/client/policies/cockatiel.js';
import { describePlan, INBOXES, plan, type InboxKind } from './plan.js';
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
    runs: { type: 'string', default: '3000' },
    path: { type: 'string' },
    'no-shrinking': { type: 'boolean', default: false },
  },
});

/** How long the shortest schedule that fails is looked for, in ms. */
const SHRINKING_MS = 120_000;

Logger.overrideLogger(false);
// A process's first request loads it, which takes real time while the virtual one goes on.
await cockatiel();
const seed = Number(values.seed);
const time = new VirtualTime();
const now = () => time.now;

const OPEN: Readonly<Record<InboxKind, () => Store | Promise<Store>>> = {
  memory: () => memoryStore,
  redis: () => redisStore(now),
  database: () => databaseStore(now),
};

const inboxes = INBOXES.filter((each) => values.inbox === undefined || each === values.inbox);
if (inboxes.length === 0) throw new TypeError(`--inbox must be one of ${INBOXES.join(', ')}`);
for (const inbox of inboxes) {
  const holds = await check(inbox, await OPEN[inbox]());
  if (!holds) process.exitCode = 1;
}

/** Runs the schedules of one inbox, and prints the shortest one that breaks a promise. */
async function check(inbox: InboxKind, store: Store): Promise<boolean> {
  let effects = 0;
  const property = fc.asyncProperty(plan, async (each) => {
    const simulation = new Simulation(inbox, each, time, store);
    await simulation.run();
    effects += simulation.effects;
  });
  const found = await fc.check(property, {
    seed,
    numRuns: Math.ceil(Number(values.runs) / inboxes.length),
    endOnFailure: true,
    ...(values.path !== undefined && { path: values.path }),
  });
  if (!found.failed) {
    const isIdle = effects === 0 && values.path === undefined;
    const result = isIdle ? 'nothing took effect, so they show nothing' : `${effects} effects, every promise holds`;
    console.log(`${inbox}: ${found.numRuns} schedules, seed ${seed}: ${result}`);
    return !isIdle;
  }
  const path = found.counterexamplePath!;
  const isShortest = values.path !== undefined || values['no-shrinking'];
  const shrunk = isShortest ? found : await fc.check(property, { seed, path, interruptAfterTimeLimit: SHRINKING_MS });
  const { counterexample, counterexamplePath, errorInstance } = shrunk.failed ? shrunk : found;
  const [failing] = counterexample!;
  const simulation = new Simulation(inbox, failing, time, store, true);
  await simulation.run().catch(() => {});
  const why = errorInstance instanceof BrokenPromise ? errorInstance.message : (errorInstance as Error).stack;
  const lines = [
    `${inbox}: schedule ${found.numRuns} of seed ${seed}, shrunk ${shrunk.numShrinks} times`,
    ...describePlan(failing),
    '',
    ...simulation.scheduler.told,
    '',
    why,
    '',
    `npm run simulate -- --inbox ${inbox} --seed ${seed} --path ${counterexamplePath}`,
  ];
  console.log(lines.join('\n'));
  return false;
}
