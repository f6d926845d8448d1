import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  matchesFilter,
  MOST_ROWS,
  readFilter,
  writeFilter,
} from '../../../../sandbox/gateway/pages/dashboard/order-filter.js';

const ENTRY = { kind: 'order', mchNo: 'M1', state: 2, texts: ['Book-42', undefined, 'P1'] } as const;

describe('the filter of the list', () => {
  it.each([
    ['', true],
    ['text=book', true],
    ['text=%20BOOK%20', true],
    ['text=pen', false],
    ['kind=order', true],
    ['kind=transfer', false],
    ['state=order:2', true],
    ['state=order:3', false],
    ['state=transfer:2', false],
    ['mchNo=M1&text=p1', true],
    ['mchNo=M2', false],
    ['kind=nonsense&state=2&rows=-1', true],
  ])('%j lets a paid order pass: %s', (query, passes) => {
    expect(matchesFilter(ENTRY, readFilter(new URLSearchParams(query)))).toBe(passes);
  });

  it('reads what it writes, whatever the query holds, and never asks for too many rows', () => {
    const part = fc.constantFrom('text', 'mchNo', 'state', 'kind', 'rows');
    const value = fc.oneof(fc.string(), fc.constantFrom('order', 'order:2', '5', '1e9', 'Infinity'));
    fc.assert(
      fc.property(fc.array(fc.tuple(part, value)), (pairs) => {
        const filter = readFilter(new URLSearchParams(pairs));
        expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter);
        expect(filter.limit).toBeGreaterThan(0);
        expect(filter.limit).toBeLessThanOrEqual(MOST_ROWS);
      }),
    );
  });
});
