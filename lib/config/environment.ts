import { readFileSync } from 'node:fs';
import type { ValidationIssue } from '../errors/pass2pay.errors.js';

/** Variables with a common prefix, and what was found wrong with them. */
export class Environment {
  readonly issues: ValidationIssue[] = [];

  constructor(
    private readonly variables: Readonly<Record<string, string | undefined>>,
    readonly prefix: string,
  ) {}

  /** A variable's text; undefined where it is not set, or empty, as composed environments leave what they do not give. */
  text(name: string): string | undefined {
    return this.variables[this.prefix + name] || undefined;
  }

  /**
   * What the file that a variable names holds; undefined where the variable is not set, or the file cannot be read. A
   * issue does not show the path: whoever mixes the variables up gives a secret there.
   */
  file(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as { code?: unknown };
      const why = typeof code === 'string' ? code : 'no path';
      this.issue(name, `names a file that cannot be read (${why}); give the path of one that this process may read`);
      return undefined;
    }
  }

  /** Notes what is wrong with a variable; `what` is read behind its name. */
  issue(name: string, what: string): void {
    const field = this.prefix + name;
    this.issues.push({ field, message: `${field} ${what}` });
  }

  isWrong(name: string): boolean {
    return this.issues.some(({ field }) => field === this.prefix + name);
  }
}
