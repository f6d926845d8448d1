import { ENTRY_NUMBERS } from '../../../gateway/dialects/dialect.js';
import type { CaseMaker } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

const UNKNOWN_ID = 'P0000000000000000000';

/** Queries and closes of objects that do not exist, by either number. */
export function lookups(maker: CaseMaker): CompareCase[] {
  return maker.endpoints.flatMap(([name, { operation, kind }]) => {
    if (operation === undefined || operation.startsWith('create')) return [];
    const { number, id } = ENTRY_NUMBERS[kind];
    const look = (what: string, set: Record<string, string | null>): CompareCase =>
      maker.case(name, what, { set, ...(!(number in set) && { without: number }) });
    return [
      maker.case(name, `unknown ${number}`),
      look(`unknown ${id}`, { [id]: UNKNOWN_ID }),
      look('both numbers unknown', { [number]: maker.newNumber(), [id]: UNKNOWN_ID }),
      look('neither number', {}),
      look('both numbers empty', { [number]: '', [id]: '' }),
      look(`${number} null`, { [number]: null }),
      look(`${number} blank`, { [number]: '  ' }),
      look(`${id} blank`, { [id]: '  ' }),
      look(`unknown ${number}, and ${id} empty`, { [number]: maker.newNumber(), [id]: '' }),
    ];
  });
}
