import { CommanderError } from 'commander';
import { UsageError } from './errors.js';
import type { ExitCode } from './exit-codes.js';
import { createProgram } from './program.js';
import { refuseSecrets } from './settings/refuse-secrets.js';
import { Terminal, type World } from './terminal/terminal.js';

/** Runs the command from the arguments; resolves with its exit code. Does not throw. */
export async function runCommand(world: World): Promise<ExitCode> {
  const given = world.argv.slice(2);
  const argv = given.length === 0 ? ['--help'] : given;
  const ownArguments = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const terminal = new Terminal(world, ownArguments.includes('--json'));

  // The reader of the output may close it early, as `head` does.
  world.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

  try {
    refuseSecrets(argv);
    await createProgram(terminal).parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) terminal.fail(error);
    // Help and version have already been printed.
    else if (error.exitCode !== 0) terminal.fail(new UsageError(error.message.replace(/^error: /, '')));
  }
  return terminal.exitCode;
}
