// Runs the tests of the pages in Chromium: `npm run pages`. What else is given goes to Jest. With PASS2PAY_BUILT=1, dist/ is
// taken as it is.
import { endOnSignal, run } from './commands.mjs';

endOnSignal();
try {
  if (process.env.PASS2PAY_BUILT !== '1') await run('npm', ['run', 'build'], { isShown: true });
  const env = { ...process.env, PAGES: '1' };
  await run('npm', ['run', 'jest', '--', 'browser.spec', ...process.argv.slice(2)], { env, isShown: true });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
