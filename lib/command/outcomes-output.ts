import type { AfterCommitPage } from '../database/audit/stored-after-commit.js';
import type { OutcomePage } from '../database/audit/stored-outcomes.js';
import type { ReplayPage } from '../database/audit/stored-replays.js';
import { textTable, type Cell } from './text-table.js';

type Page = OutcomePage | AfterCommitPage | ReplayPage;

/** Formats a page as a table with one line per entry. */
export function pageText(page: Page): string {
  return [...tableOf(page)].join('');
}

function tableOf(page: Page): Iterable<string> {
  if ('outcomes' in page) {
    const rows = page.outcomes.map((each): Cell[] => [
      each.receivedAt,
      each.idempotencyKey,
      each.mchOrderNo,
      each.amount,
      each.currency,
      each.late ? `${each.result}, late` : each.result,
      each.attempts,
      each.dueAt,
      each.error,
    ]);
    const names = ['RECEIVED', 'KEY', 'ORDER', 'AMOUNT', 'CURRENCY', 'RESULT', 'ATTEMPTS', 'DUE', 'ERROR'];
    return textTable(names, rows);
  }
  if ('afterCommit' in page) {
    const rows = page.afterCommit.map((each): Cell[] => [
      each.createdAt,
      each.idempotencyKey,
      each.mchOrderNo,
      each.handler,
      each.replayed ? `${each.status}, replayed` : each.status,
      each.attempts,
      each.dueAt,
      each.error,
    ]);
    return textTable(['CREATED', 'KEY', 'ORDER', 'HANDLER', 'STATUS', 'ATTEMPTS', 'DUE', 'ERROR'], rows);
  }
  const rows = page.replays.map((each): Cell[] => [
    each.id,
    each.requestedAt,
    each.idempotencyKey,
    each.handler ?? 'all',
    each.status,
    each.endedAt,
    each.reason,
    each.error,
  ]);
  return textTable(['ID', 'REQUESTED', 'KEY', 'HANDLER', 'STATUS', 'ENDED', 'REASON', 'ERROR'], rows);
}
