import type { NamedStatement } from './named-statements.js';

/** What the module needs of a client of pg. */
export interface PgClient {
  query(sql: string | NamedStatement, params?: unknown[]): Promise<PgResult>;
  release(isBroken?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PgResult {
  rows: Record<string, unknown>[];
  rowCount: number | null;
}
