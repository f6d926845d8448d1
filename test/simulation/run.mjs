// `npm run simulate`: thousands of schedules of the module, its gateway and its servers, in virtual time. With `--inbox`, of one
// inbox; `--seed` and `--path` replay one. `--runs` is shared out among the inboxes.
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
const each = String(Math.ceil(Number(values.runs) / inboxes.length));
const program = await bundle();
const given = ['seed', 'path'].flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
const results = await Promise.allSettled(
  inboxes.map(async (inbox) => {
    const args = ['--enable-source-maps', program, '--inbox', inbox, '--runs', each, ...given];
    const { stdout } = await run(process.execPath, args).catch((error) => {
      process.exitCode = 1;
      return error;
    });
    console.log(stdout.trimEnd());
  }),
);
for (const { reason } of results.filter(({ status }) => status === 'rejected')) throw reason;
