import type { EntryKind } from '../../dialects/dialect.js';

/** Which orders, transfers and refunds the list shows, as the page's own query says. */
export interface OrderFilter {
  /** In mchOrderNo, the gateway's id, subject, extParam or accountNo; case is ignored. */
  readonly text: string;
  readonly mchNo: string;
  /** `order:2`, `transfer:3`; empty: any. */
  readonly state: string;
  readonly kind: EntryKind | '';
  /** How many rows at most. */
  readonly limit: number;
}

/** What is filtered by. */
export interface FilteredEntry {
  readonly kind: EntryKind;
  readonly mchNo: string;
  readonly state: number;
  /** What the text is looked for in. */
  readonly texts: readonly (string | undefined)[];
}

export const ROWS_AT_FIRST = 100;
/** More rows than this are not drawn at once; a filter finds the others. */
export const MOST_ROWS = 1_000;

/** Reads the filter from a query; what is missing or makes no sense filters nothing. */
export function readFilter(query: URLSearchParams): OrderFilter {
  const kind = query.get('kind') ?? '';
  const state = query.get('state') ?? '';
  const limit = Number(query.get('rows') ?? ROWS_AT_FIRST);
  return {
    text: (query.get('text') ?? '').trim(),
    mchNo: query.get('mchNo') ?? '',
    state: /^(?:order|transfer|refund):\d$/.test(state) ? state : '',
    kind: kind === 'order' || kind === 'transfer' || kind === 'refund' ? kind : '',
    limit: Number.isInteger(limit) && limit > 0 ? Math.min(limit, MOST_ROWS) : ROWS_AT_FIRST,
  };
}

/** The query that `readFilter` reads as this filter. */
export function writeFilter(filter: OrderFilter): string {
  const query = new URLSearchParams();
  for (const name of ['text', 'mchNo', 'state', 'kind'] as const) {
    if (filter[name] !== '') query.set(name, filter[name]);
  }
  if (filter.limit !== ROWS_AT_FIRST) query.set('rows', String(filter.limit));
  return query.toString();
}

export function matchesFilter(entry: FilteredEntry, filter: OrderFilter): boolean {
  if (filter.kind !== '' && entry.kind !== filter.kind) return false;
  if (filter.mchNo !== '' && entry.mchNo !== filter.mchNo) return false;
  if (filter.state !== '' && `${entry.kind}:${entry.state}` !== filter.state) return false;
  const wanted = filter.text.toLowerCase();
  return wanted === '' || entry.texts.some((text) => text?.toLowerCase().includes(wanted));
}
