// Runs the proofs of test/proof: `npm run proof` in the form that the gate has the minutes for, with `-- --long` in the
// long one. What else is given goes to Jest. With PASS2PAY_BUILT=1, dist/ is taken as it is.
import { endOnSignal, run } from './commands.mjs';

const given = process.argv.slice(2);
const others = given.filter((word) => word !== '--long');
const files = others.some((word) => !word.startsWith('-')) ? [] : ['test/proof'];
const form = given.includes('--long') ? { LONG: '1' } : {};

endOnSignal();
try {
  if (process.env.PASS2PAY_BUILT !== '1') await run('npm', ['run', 'build'], { isShown: true });
  const env = { ...process.env, PROOF: '1', ...form };
  await run('npm', ['run', 'jest', '--', ...files, ...others], { env, isShown: true });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
