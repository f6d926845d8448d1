import { BrokenTransactionError } from '../sql-errors.js';
import type { SqlDialect } from '../sql-database.js';

/** A statement that ends the transaction. */
const ENDS =
  /^(?:commit|end|abort|rollback(?!\s+(?:work\s+|transaction\s+)?to\b)|begin|start\s+transaction|prepare\s+transaction|xa)\b/i;

/** A statement with an implicit commit in MySQL and MariaDB. */
const COMMITS_IMPLICITLY =
  /^(?:(?:create|drop)\b(?!\s+(?:or\s+replace\s+)?temporary\b)|(?:alter|truncate|rename|grant|revoke|analyze|optimize|check|repair|flush|reset|install|uninstall)\b|(?:lock|unlock)\s+tables?\b|(?:cache|load)\s+index\b|set\s+password\b|set\b[^'"]*\b(?<!(?<!@)@)autocommit\b)/i;

/**
 * White space, empty statements and comments, except that MySQL runs the text of `/*!` and MariaDB that of `/*M!`; and
 * MariaDB's settings for one statement.
 */
const LEADING =
  /^(?:\s|;|--[^\n]*\n|#[^\n]*\n|\/\*M?!\d*|\/\*(?!M?!)[\s\S]*?\*\/|\(|set\s+statement\s[\s\S]*?\sfor\s)+/i;

/** Enough for the words that decide, in characters. */
const START_LENGTH = 200;

/**
 * Guards the transaction of an application's handlers: refuses statements that would end it, and any statement after
 * its end, and tracks whether all statements were awaited.
 */
export class TxGate {
  private isOpen = true;
  private underWay = 0;
  private offence: string | undefined;

  constructor(
    private readonly dialect: SqlDialect,
    /** Whether the transaction is still open, if the library reports it. */
    private readonly isAlive: () => boolean = () => true,
  ) {}

  /**
   * Runs a statement of a handler.
   *
   * @throws BrokenTransactionError for a statement that must not run.
   */
  pass<Result>(sql: string | undefined, run: () => Result): Result {
    this.check(sql);
    const result = run();
    if (isThenable(result)) {
      this.underWay++;
      const end = () => {
        this.underWay--;
      };
      void result.then(end, end);
    }
    return result;
  }

  /**
   * Closes the gate for statements.
   *
   * @returns why the transaction must not be committed; undefined if it may be.
   */
  close(): string | undefined {
    this.isOpen = false;
    if (this.offence !== undefined) return this.offence;
    return this.underWay === 0
      ? undefined
      : 'a handler returned while a statement of its transaction was running: await every statement';
  }

  /** @throws BrokenTransactionError for a statement that must not run. */
  check(sql: string | undefined): void {
    if (!this.isOpen) {
      throw new BrokenTransactionError(
        'A handler used its transaction after its end: await every statement before the handler returns.',
      );
    }
    const start = sql?.replace(LEADING, '').slice(0, START_LENGTH);
    if (start !== undefined && (ENDS.test(start) || (this.dialect === 'mysql' && COMMITS_IMPLICITLY.test(start)))) {
      this.refuse(`a handler ran ${firstWords(start)}, which ends the transaction of the outcome`);
    }
    if (!this.isAlive()) {
      this.refuse('a handler continued after an error that rolled its transaction back: rethrow such errors');
    }
  }

  private refuse(offence: string): never {
    this.offence ??= offence;
    throw new BrokenTransactionError(`This statement was not run: ${offence}.`);
  }
}

function firstWords(sql: string): string {
  return sql.split(/\s+/, 2).join(' ').toUpperCase();
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === 'function';
}
