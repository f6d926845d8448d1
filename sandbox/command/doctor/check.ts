/** `skip`: it could not be checked, because an earlier check failed or something is not configured. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skip';

/** The result of a check. */
export interface Check {
  /** A stable name for scripts. */
  readonly id: string;
  readonly title: string;
  readonly status: CheckStatus;
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** Details for scripts. */
  readonly details?: Readonly<Record<string, unknown>>;
}

type Finding = Omit<Check, 'id' | 'title' | 'status'>;

/** Creates the results of a check. */
export class CheckWriter {
  constructor(
    private readonly id: string,
    private readonly title: string,
  ) {}

  pass(message: string, details?: Finding['details']): Check {
    return this.write('pass', { message, ...(details && { details }) });
  }

  warn(message: string, remedy: string, details?: Finding['details']): Check {
    return this.write('warn', { message, remedy, ...(details && { details }) });
  }

  fail(message: string, remedy: string, details?: Finding['details']): Check {
    return this.write('fail', { message, remedy, ...(details && { details }) });
  }

  skip(message: string): Check {
    return this.write('skip', { message });
  }

  private write(status: CheckStatus, finding: Finding): Check {
    return { id: this.id, title: this.title, status, ...finding };
  }
}
