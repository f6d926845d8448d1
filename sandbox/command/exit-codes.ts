/** How the command ends. Scripts rely on these numbers; they do not change between releases. */
export const EXIT = {
  /** It was success; all checks passed. */
  ok: 0,
  /** It was checked, and is not right: a signature that does not verify, an answer that is no acknowledgement. */
  notRight: 1,
  /** The command line, its input or its configuration is wrong. Nothing was done. */
  usage: 2,
  /** No usable answer came from the gateway, or from the receiver of a notify. */
  noResponse: 3,
  /** The command itself failed. */
  fault: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For `--help` and the documents. */
export const EXIT_CODES_HELP = `
Exit codes:
  0   success; all checks passed
  1   a check failed: invalid signature, no acknowledgement, unknown order, a difference
  2   invalid command line, input or configuration; nothing was done
  3   no usable response from the gateway or from the receiver of a notify
  70  internal error of the command; please report it`;
