import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { addCompareCommand } from './commands/compare.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addNotifyCommand } from './commands/notify.js';
import { addProveCommand } from './commands/prove.js';
import { addQueryCommand } from './commands/query.js';
import { addSandboxCommand } from './commands/sandbox.js';
import { addSignCommand } from './commands/sign.js';
import { addVerifyCommand } from './commands/verify.js';
import { EXIT_CODES_HELP } from './exit-codes.js';
import type { Terminal } from './terminal/terminal.js';

const SECRETS_HELP = `
Secrets are read from PASS2PAY_SECRET (several separated by commas), from the file that PASS2PAY_SECRET_FILE or
--secret-file names (one per line), or from stdin (--secret-file -); never from the command line.`;

/** The command with all its subcommands. Their dependencies are loaded when they run. */
export function createProgram(terminal: Terminal): Command {
  const { stdout } = terminal.world;
  const program = new Command('pass2pay')
    .description('Develop, test and check against the Pass2Pay payment gateway')
    .version(packageVersion(), '-V, --version')
    .exitOverride()
    .showSuggestionAfterError()
    // Errors are printed in one place, as text or as JSON.
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => stdout.columns ?? 80,
    })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', SECRETS_HELP)
    .addHelpText('afterAll', EXIT_CODES_HELP);
  addSandboxCommand(program, terminal);
  addSignCommand(program, terminal);
  addVerifyCommand(program, terminal);
  addNotifyCommand(program, terminal);
  addQueryCommand(program, terminal);
  addDoctorCommand(program, terminal);
  addProveCommand(program, terminal);
  addCompareCommand(program, terminal);
  return program;
}

function packageVersion(): string {
  const path = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
