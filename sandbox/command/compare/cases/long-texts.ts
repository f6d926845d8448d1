import type { CaseMaker } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

/** Texts one character longer than the gateway stores. A gateway that stores more creates orders from them. */
export function longTexts(maker: CaseMaker): CompareCase[] {
  return maker.payEndpoints.flatMap(([name, { lengths }]) =>
    Object.entries(lengths).map(([field, most]) => {
      const beginning = field.endsWith('Url')
        ? 'https://compare.example/'
        : field === 'mchOrderNo'
          ? maker.newNumber()
          : '';
      return maker.case(name, `${field} of ${most + 1} characters`, {
        set: { [field]: beginning.padEnd(most + 1, 'x') },
        wayCode: maker.plainWayCode,
      });
    }),
  );
}
