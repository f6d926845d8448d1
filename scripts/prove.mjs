// Runs the proofs of test/proof: `npm run proof`, in the form that the gate has the minutes for, or with `-- --long` in
// the long one. What else is given goes to Jest. With PASS2PAY_BUILT=1, dist/ is taken as it is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const given = process.argv.slice(2);
const others = given.filter((word) => word !== '--long');
const files = others.some((word) => !word.startsWith('-')) ? [] : ['test/proof'];

if (process.env.PASS2PAY_BUILT !== '1') await run('npm', ['run', 'build']);
const form = given.includes('--long') ? { LONG: '1' } : {};
await run('npm', ['run', 'jest', '--', ...files, ...others], { ...process.env, PROOF: '1', ...form });

/** Runs a command to its end, and ends with it where it fails. */
async function run(file, args, env = process.env) {
  const child = spawn(file, args, { stdio: 'inherit', env });
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, forward);
  // A terminal sends it to both.
  process.once('SIGINT', () => {});
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGTERM', 'SIGHUP']) process.off(signal, forward);
  if (code !== 0) process.exit(code ?? 1);
}
