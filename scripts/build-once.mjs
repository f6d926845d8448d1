// Builds what a script needs, unless PASS2PAY_BUILT=1 says that dist/ is up to date. With --sample, also builds the
// shop.
import { endOnSignal, run } from './commands.mjs';

endOnSignal();
try {
  if (process.env.PASS2PAY_BUILT !== '1') {
    await run('npm', ['run', process.argv.includes('--sample') ? 'build:sample' : 'build'], { isShown: true });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
