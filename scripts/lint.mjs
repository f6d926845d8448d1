// Runs all static checks in parallel: `npm run lint`.
import { endOnSignal, run } from './commands.mjs';

const CHECKS = [
  ['oxlint', '--type-aware', '--deny-warnings'],
  ['prettier', '--cache', '--check', '--log-level', 'warn', '.'],
  ['node', 'scripts/house.mjs', '--check'],
  ['knip'],
];

endOnSignal();
for (const end of await Promise.allSettled(CHECKS.map(([tool, ...args]) => run(tool, args)))) {
  if (end.status === 'fulfilled') continue;
  const { message, stdout = '', stderr = '' } = end.reason;
  console.error(`${stdout}${stderr}${message}\n`);
  process.exitCode = 1;
}
