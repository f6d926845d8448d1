import { cannotBeUndone, type CaseMaker, requiredFields } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

const MISSING = [
  ['null', null],
  ['blank', '  '],
] as const;

/** Each required field of each endpoint: missing, null and blank. */
export function missingFields(maker: CaseMaker): CompareCase[] {
  return maker.endpoints.flatMap(([name, endpoint]) => {
    const beforeSignature = new Set(endpoint.rules.map(({ field }) => field));
    const fields = requiredFields(endpoint).filter((field) => beforeSignature.has(field) || !cannotBeUndone(endpoint));
    return fields.flatMap((field) => [
      maker.case(name, `without ${field}`, field === 'sign' ? { signing: 'missing' } : { without: field }),
      ...MISSING.map(([what, value]) =>
        maker.case(
          name,
          `${field} ${what}`,
          field === 'sign' ? { signing: 'missing', unsigned: { sign: value } } : { set: { [field]: value } },
        ),
      ),
    ]);
  });
}
