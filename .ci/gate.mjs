// The steps of the gate, each with a budget for two idle cores. A step over its budget is reported and does not fail,
// because its duration depends on the machine.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { endOnSignal, killAll, run } from '../scripts/commands.mjs';

const results = mkdtempSync(join(tmpdir(), 'gate-'));
const report = (name) => join(results, `${name}.json`);
const toReport = (name) => ['--', '--json', `--outputFile=${report(name)}`];

/**
 * The commands under `beside` run at the same time as the step and each other, with a lower priority. The step ends when
 * they have ended.
 */
const STEPS = [
  { name: 'services', budgetS: 20, command: './.ci/services' },
  { name: 'install', budgetS: 45, command: 'npm ci --no-audit --no-fund' },
  {
    name: 'build',
    budgetS: 75,
    command: 'npm run build:sample',
    beside: [
      // The only package with an install script that the tests need.
      { name: 'better-sqlite3', command: 'npm rebuild better-sqlite3 --ignore-scripts=false' },
      { name: 'types', command: 'npm run typecheck' },
    ],
  },
  {
    name: 'tests',
    budgetS: 300,
    command: 'npm test',
    more: toReport('tests'),
    beside: [{ name: 'lint', command: 'npm run lint' }],
  },
  { name: 'site', budgetS: 45, command: 'npm run docs' },
  { name: 'pages', budgetS: 70, command: 'npm run pages', more: toReport('pages') },
  { name: 'proofs', budgetS: 150, command: 'npm run proof', more: toReport('proofs') },
  { name: 'simulation', budgetS: 90, command: 'npm run simulate', more: ['--', '--seed', '1'] },
  { name: 'planted', budgetS: 60, command: 'npm run planted', more: toReport('planted') },
  { name: 'consumers', budgetS: 90, command: 'npm run consumers' },
  { name: 'demo', budgetS: 20, command: 'npm run demo' },
  { name: 'Java client', budgetS: 30, command: 'npm run foreign' },
];

const lines = [];
/** Every step after the build uses dist/ as it is. */
const env = () => ({ ...process.env, ...(lines.some(({ name }) => name === 'build') ? { PASS2PAY_BUILT: '1' } : {}) });

/** How long all processors have been idle, and have run, since the machine's start, in ms. */
function processorTimes() {
  const processors = cpus();
  const sum = (member) => processors.reduce((ms, { times }) => ms + times[member], 0);
  const idle = sum('idle');
  return { idle, all: idle + sum('user') + sum('nice') + sum('sys') + sum('irq') };
}

async function timed(name, budgetS, action) {
  const start = performance.now();
  const before = processorTimes();
  let isDone = false;
  try {
    await action();
    isDone = true;
  } finally {
    const after = processorTimes();
    const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
    lines.push({ name, budgetS, isDone, busy, seconds: Math.round((performance.now() - start) / 1000) });
  }
}

async function runBeside({ name, command }) {
  await timed(name, undefined, async () => {
    const { stdout, stderr } = await run('nice', ['-n', '10', ...command.split(' ')], { env: env() }).catch((error) => {
      console.log(`\n=== ${name}\n${error.stdout ?? ''}${error.stderr ?? ''}`);
      throw error;
    });
    console.log(`\n=== ${name}\n${stdout}${stderr}`);
  });
}

async function runStep({ name, budgetS, command, more = [], beside = [] }) {
  console.log(`\n=== ${name}`);
  const [file, ...args] = command.split(' ');
  // The duration includes the commands beside the step.
  await timed(name, budgetS, async () => {
    const own = run(file, [...args, ...more], { env: env(), isShown: true });
    const ends = await Promise.allSettled([own, ...beside.map(runBeside)]);
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  });
}

function jestReports() {
  return ['tests', 'pages', 'proofs', 'planted'].flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(report(name), 'utf8'))];
    } catch {
      return [];
    }
  });
}

function summary() {
  const rows = lines.map(({ name, budgetS, seconds, busy, isDone }) => {
    const budget = budgetS === undefined ? 'beside another' : `budget ${budgetS} s, ${Math.round(100 * busy)} % busy`;
    const note = isDone ? (budgetS !== undefined && seconds > budgetS ? ', over its budget' : '') : ', FAILED';
    return `${name.padEnd(11)} ${String(seconds).padStart(5)} s  (${budget})${note}`;
  });
  const reports = jestReports();
  const files = reports.flatMap(({ testResults }) =>
    testResults.map(({ name, startTime, endTime }) => ({ name, ms: endTime - startTime })),
  );
  const slowest = files.toSorted((a, b) => b.ms - a.ms).slice(0, 10);
  const count = (member) => reports.reduce((sum, one) => sum + one[member], 0);
  return [
    '\n=== steps',
    ...rows,
    '\n=== the ten slowest files',
    ...slowest.map(({ name, ms }) => `${(ms / 1000).toFixed(1).padStart(6)} s  ${relative(process.cwd(), name)}`),
    '',
    `Tests: ${count('numPassedTests')} passed, ${count('numFailedTests')} failed, ${count('numPendingTests')} skipped`,
  ].join('\n');
}

endOnSignal();
try {
  for (const step of STEPS) await runStep(step);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  killAll();
  console.log(summary());
  rmSync(results, { recursive: true, force: true });
}
