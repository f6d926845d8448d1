// `npm run simulate`: thousands of schedules of the module, its gateway and its servers, in virtual time. `--runs` is shared out
// among the processors, which count on from the seed, and the inboxes. `--inbox`, `--seed` and `--path` replay what has failed.
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

const shares = values.path === undefined ? availableParallelism() : 1;
const runs = String(Math.ceil(Number(values.runs) / shares));
const given = ['inbox', 'path'].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));

endOnSignal();
const program = await bundle();
const ends = await Promise.allSettled(
  Array.from({ length: shares }, (_, share) => {
    const seed = String(Number(values.seed) + share);
    // What a schedule leaves behind is young: with room for it, it is collected less often.
    const args = ['--max-semi-space-size=64', program, '--seed', seed, '--runs', runs, ...given];
    return run(process.execPath, args, { isShown: true });
  }),
);
process.exitCode = ends.every(({ status }) => status === 'fulfilled') ? 0 : 1;
