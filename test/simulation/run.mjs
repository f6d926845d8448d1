// `npm run simulate`: thousands of schedules of the module, its gateway and its servers, in virtual time. `--runs` is shared out
// among the inboxes; `--inbox`, `--seed` and `--path` replay what has failed.
import { parseArgs } from 'node:util';
import { endOnSignal, run } from '../../scripts/commands.mjs';
import { bundle } from './bundle.mjs';

const { values } = parseArgs({
  options: {
    inbox: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string', default: '10000' },
    path: { type: 'string' },
  },
});

endOnSignal();
const inboxes = values.inbox === undefined ? ['memory', 'redis', 'database'] : [values.inbox];
const runs = String(Math.ceil(Number(values.runs) / inboxes.length));
const given = ['seed', 'path'].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
const program = await bundle();
const ends = await Promise.allSettled(
  inboxes.map((inbox) =>
    run(process.execPath, [program, '--inbox', inbox, '--runs', runs, ...given], { isShown: true }),
  ),
);
process.exitCode = ends.every(({ status }) => status === 'fulfilled') ? 0 : 1;
