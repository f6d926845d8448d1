import { readFileSync } from 'node:fs';
import type { ValidationIssue } from '../errors/pass2pay.errors.js';

/** Environment variables with a common prefix, and their issues. */
export class Environment {
  readonly issues: ValidationIssue[] = [];

  constructor(
    private readonly variables: Readonly<Record<string, string | undefined>>,
    readonly prefix: string,
  ) {}

  /** A variable's value; undefined if it is unset or empty, as in Docker Compose for variables without a value. */
  text(name: string): string | undefined {
    return this.variables[this.prefix + name] || undefined;
  }

  /**
   * The content of the file that a variable names; undefined if the variable is unset or the file cannot be read. An
   * issue does not show the path, which could be a secret in the wrong variable.
   */
  file(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as { code?: unknown };
      const why = typeof code === 'string' ? code : 'no path';
      this.issue(name, `names a file that cannot be read (${why}); set it to the path of a readable file`);
      return undefined;
    }
  }

  /** Adds an issue of a variable; `what` follows its name. */
  issue(name: string, what: string): void {
    const field = this.prefix + name;
    this.issues.push({ field, message: `${field} ${what}` });
  }

  isWrong(name: string): boolean {
    return this.issues.some(({ field }) => field === this.prefix + name);
  }
}
