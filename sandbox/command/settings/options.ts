import { InvalidArgumentError, Option, type Command } from 'commander';
import { DIALECT_NAMES, type DialectName } from '../../gateway/dialects/dialect.js';

/**
 * `--json`, an option of each command. The terminal also looks for it itself, because it applies to errors of the
 * command line too.
 */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document, errors included');
}

/** `--dialect`. @param what describes its effect */
export function dialectOption(what: string): Option {
  return new Option('--dialect <name>', `${what}: Pass2Pay as documented, or the recorded open platform`)
    .choices(DIALECT_NAMES)
    .default('pass2pay' satisfies DialectName);
}

/** The options that select an app. */
export function withAppOptions(command: Command): Command {
  return command
    .option('--mch-no <number>', 'merchant number, instead of PASS2PAY_MCH_NO')
    .option('--app-id <id>', "the app's id, instead of PASS2PAY_APP_ID")
    .option('--secret-file <path>', 'file with the secret, or several, one per line; - is stdin');
}

/** A whole number within bounds, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number, ${min} to ${max}.`);
    }
    return value;
  };
}

export function collect(pair: string, found: Readonly<Record<string, string>>): Record<string, string> {
  const cut = pair.indexOf('=');
  if (cut < 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...found, [pair.slice(0, cut)]: pair.slice(cut + 1) };
}
