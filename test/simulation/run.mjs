// `npm run simulate`: thousands of schedules of the module, its gateway and its servers, in virtual time. `--runs` is shared out
// among the inboxes, and what each gets among the processors, which count on from the seed. `--inbox`, `--seed` and `--path`
// replay what has failed.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { endOnSignal, run } from '../../scripts/commands.mjs';
import { bundle } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    inbox: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    runs: { type: 'string', default: '10000' },
    path: { type: 'string' },
  },
});

const inboxes = values.inbox === undefined ? ['memory', 'redis', 'database'] : [values.inbox];
const shares = values.path === undefined ? availableParallelism() : 1;
const runs = String(Math.ceil(Number(values.runs) / inboxes.length / shares));
const replayed = values.path === undefined ? [] : ['--path', values.path];

endOnSignal();
const program = await bundle();
const programs = inboxes.flatMap((inbox) =>
  Array.from({ length: shares }, (_, share) => {
    const seed = String(Number(values.seed) + share);
    return run(process.execPath, [program, '--inbox', inbox, '--seed', seed, '--runs', runs, ...replayed], {
      isShown: true,
    });
  }),
);
const ends = await Promise.allSettled(programs);
process.exitCode = ends.every(({ status }) => status === 'fulfilled') ? 0 : 1;
