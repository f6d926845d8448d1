import { UsageError } from '../errors.js';

/** Options whose names say that their value is a secret, even unknown ones; not those for a file. */
const SECRET_OPTION = /^-{1,2}(?:[a-z]+-)?(?:secrets?|keys?|passwords?|passwd|tokens?)(?:=|$)/i;

/**
 * Refuses secrets on the command line before anything else reads them: every user of the machine can see them in the
 * list of processes, and the shell stores them in its history.
 *
 * @throws UsageError that does not repeat the secret.
 */
export function refuseSecrets(argv: readonly string[]): void {
  const option = argv.find((argument) => SECRET_OPTION.test(argument));
  if (option === undefined) return;
  throw new UsageError(
    `${option.split('=', 1)[0]} is not allowed: other users of this machine can read secrets on the command line, and they ` +
      'stay in the shell’s history. Set PASS2PAY_SECRET or PASS2PAY_SECRET_FILE, or pass --secret-file <path>, or ' +
      '--secret-file - to read it from stdin.',
  );
}
