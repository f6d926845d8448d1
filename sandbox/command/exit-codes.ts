/** The exit codes of the command. Scripts rely on them; they do not change between releases. */
export const EXIT = {
  /** Success; all checks passed. */
  ok: 0,
  /** A check failed: an invalid signature, or a response that is not an acknowledgement. */
  notRight: 1,
  /** The command line, its input or its configuration is invalid. Nothing was done. */
  usage: 2,
  /** No usable response from the gateway or from the receiver of a notify. */
  noResponse: 3,
  /** Internal error of the command. */
  fault: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `--help` and the documentation. */
export const EXIT_CODES_HELP = `
Exit codes:
  0   success; all checks passed
  1   a check failed: invalid signature, no acknowledgement, unknown order, a difference
  2   invalid command line, input or configuration; nothing was done
  3   no usable response from the gateway or from the receiver of a notify
  70  internal error of the command; please report it`;
