import type { EntryKind } from '../../dialects/dialect.js';

/** Which orders, transfers and refunds the list shows, from the page's query. */
export interface OrderFilter {
  /** Searched in mchOrderNo, the gateway's ID, subject, extParam and accountNo; case is ignored. */
  readonly text: string;
  readonly mchNo: string;
  /** `order:2`, `transfer:3`; any if empty. */
  readonly state: string;
  readonly kind: EntryKind | '';
  /** Maximum number of rows. */
  readonly limit: number;
}

/** The data that the filter uses. */
export interface FilteredEntry {
  readonly kind: EntryKind;
  readonly mchNo: string;
  readonly state: number;
  /** The texts that are searched. */
  readonly texts: readonly (string | undefined)[];
}

export const ROWS_AT_FIRST = 100;
/** Maximum number of rows on the page; a filter finds the others. */
export const MOST_ROWS = 1_000;

/** Reads the filter from a query; missing and invalid values filter nothing. */
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

/** The query from which `readFilter` reads this filter. */
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
