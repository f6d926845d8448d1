// Repeats the spec files about time, sockets and outages: on the machine as it is, and beside busy loops, two per
// processor. `npm run stress -- --runs 5 test/redis` repeats fewer files fewer times; `--busy` or `--quiet` runs only
// one of the two. No test may fail in any run. With PASS2PAY_BUILT=1, dist/ is used as it is.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { endOnSignal, run } from './commands.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '25' }, busy: { type: 'boolean' }, quiet: { type: 'boolean' } },
});

/** Found in spec files that wait, use a server, or move a clock. */
const ABOUT_TIME =
  /^\/\/ Real time:|fake-timers|useFakeTimers|node:(net|http|timers)|stepped|Redis|Postgres|FaultLane|(?<!jest\.)setTimeout|waitFor|until\(/m;

const env = { ...process.env, CI: 'true', PAGES: '1' };
const listed = await run('npm', ['run', '--silent', 'jest', '--', '--listTests', '--json', ...positionals], { env });
const files = JSON.parse(listed.stdout)
  .filter((file) => ABOUT_TIME.test(readFileSync(file, 'utf8')))
  .toSorted();
let loops = [];

function beginBusyLoops() {
  loops = Array.from({ length: 2 * availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
}

function endBusyLoops() {
  for (const loop of loops) loop.kill('SIGKILL');
}

async function repeat(way) {
  let failures = 0;
  for (let round = 1; round <= Number(values.runs); round += 1) {
    const start = performance.now();
    const failed = await run('npm', ['run', 'jest', '--', ...files, '--silent'], { env }).then(
      () => '',
      (error) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
    );
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`${way}, run ${round} of ${values.runs}: ${failed === '' ? 'passed' : 'FAILED'} in ${seconds} s`);
    if (failed === '') continue;
    failures += 1;
    console.log(failed.slice(-20_000));
  }
  return failures;
}

endOnSignal(endBusyLoops);
if (process.env.PASS2PAY_BUILT !== '1') await run('npm', ['run', 'build:sample'], { isShown: true });
console.log(`${files.length} files`);
let failures = values.busy ? 0 : await repeat('quiet');
if (!values.quiet) {
  beginBusyLoops();
  failures += await repeat('busy');
  endBusyLoops();
}
console.log(`${failures} failed runs`);
process.exitCode = failures === 0 ? 0 : 1;
