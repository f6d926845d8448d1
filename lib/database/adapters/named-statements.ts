import { createHash } from 'node:crypto';
import { isStatementLost, StatementLostError } from '../sql-errors.js';

/** A statement that PostgreSQL prepares once for each connection. */
export interface NamedStatement {
  name: string;
  text: string;
}

/**
 * Names statements by their text, so that PostgreSQL reads and plans each once for a connection. Behind a proxy that gives each
 * transaction another connection, and does not know of names, they are sent without one from the first error on.
 */
export class NamedStatements {
  private readonly names = new Map<string, string>();
  private areKept = true;

  /** @throws StatementLostError in place of an error that is due to the name alone. */
  async run<Result>(
    text: string,
    values: unknown[],
    query: (statement: NamedStatement | string, values: unknown[]) => Promise<Result>,
  ): Promise<Result> {
    if (!this.areKept) return query(text, values);
    try {
      return await query({ name: this.nameOf(text), text }, values);
    } catch (error) {
      if (!isStatementLost(error)) throw error;
      this.areKept = false;
      throw new StatementLostError(error);
    }
  }

  private nameOf(text: string): string {
    let name = this.names.get(text);
    if (name === undefined) {
      name = `pass2pay_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
      this.names.set(text, name);
    }
    return name;
  }
}
