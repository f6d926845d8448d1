#!/usr/bin/env node
import { CommanderError } from 'commander';
import { UsageError } from './errors.js';
import { createProgram } from './program.js';
import { refuseSecrets } from './settings/refuse-secrets.js';
import { Terminal } from './terminal/terminal.js';

const given = process.argv.slice(2);
const argv = given.length === 0 ? ['--help'] : given;
const ownArguments = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
const terminal = new Terminal(process, process.env, ownArguments.includes('--json'));

// Whoever reads the output may stop before its end, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  refuseSecrets(argv);
  await createProgram(terminal).parseAsync(argv, { from: 'user' });
} catch (error) {
  if (!(error instanceof CommanderError)) terminal.fail(error);
  // Help and version were asked for, and are printed already.
  else if (error.exitCode !== 0) terminal.fail(new UsageError(error.message.replace(/^error: /, '')));
}
process.exitCode = terminal.exitCode;
