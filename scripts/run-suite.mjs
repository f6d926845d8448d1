// Runs tests that `npm test` leaves out: `npm run proof`, `npm run pages`, `npm run planted` and `npm run newcomer`, with
// `-- --long` in their long form if they have one. Other arguments are passed to Jest. With PASS2PAY_BUILT=1, dist/ and
// the site are used as they are.
import { endOnSignal, run } from './commands.mjs';

const SUITES = {
  pages: { files: 'browser.spec', env: { PAGES: '1' }, builds: ['build', 'docs'] },
  proof: { files: 'test/proof', env: { PROOF: '1' } },
  newcomer: { files: 'test/newcomer', env: { NEWCOMER: '1' } },
  planted: { files: 'test/simulation/planted', env: { PLANTED: '1' } },
};

const [name, ...given] = process.argv.slice(2);
const suite = SUITES[name];
const others = given.filter((word) => word !== '--long');
const files = others.some((word) => !word.startsWith('-')) ? [] : [suite.files];
const form = given.includes('--long') ? { LONG: '1' } : {};

endOnSignal();
try {
  const builds = process.env.PASS2PAY_BUILT === '1' ? [] : (suite.builds ?? ['build']);
  for (const script of builds) await run('npm', ['run', script], { isShown: true });
  const env = { ...process.env, ...suite.env, ...form };
  await run('npm', ['run', 'jest', '--', ...files, ...others], { env, isShown: true });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
