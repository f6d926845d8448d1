import { createHash } from 'node:crypto';
import { isStatementLost, StatementLostError } from '../sql-errors.js';

/** A statement that PostgreSQL prepares once per connection. */
export interface NamedStatement {
  name: string;
  text: string;
}

/**
 * Names statements by their text, so that PostgreSQL parses and plans each once per connection. Behind a
 * transaction-pooling proxy without support for prepared statements, they are sent unnamed after the first error.
 */
export class NamedStatements {
  private readonly names = new Map<string, string>();
  private areKept = true;

  /** @throws StatementLostError instead of an error that is caused only by the name. */
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
