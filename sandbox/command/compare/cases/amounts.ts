import { LosslessNumber } from 'lossless-json';
import { cannotBeUndone, type CaseMaker } from '../case-maker.js';
import type { CaseValue, CompareCase, Signing } from '../compare-case.js';

/** These are refused whatever the signature. */
const REFUSED: readonly CaseValue[] = [0, -1, '0', 'abc', '0x1', '1L', [], {}, false];
const TOO_LARGE = new LosslessNumber('9223372036854775808');
/** 1 fen, written so that the gateway, which signs the parsed number, computes a different signature. */
const NOT_AS_SIGNED: readonly CaseValue[] = [
  '1.0',
  new LosslessNumber('1.0'),
  1.4,
  '1.4',
  '1e0',
  new LosslessNumber('1e0'),
  '+1',
  '01',
  true,
];

/** Amounts that must be refused. */
export function amounts(maker: CaseMaker): CompareCase[] {
  return maker.endpoints.flatMap(([name, endpoint]) => {
    const field = endpoint.rules.find(({ range }) => range && range.most === undefined)?.field;
    if (field === undefined) return [];
    const withAmount = (value: CaseValue, signing: Signing = 'valid'): CompareCase =>
      maker.case(name, `${field} ${written(value)}`, { set: { [field]: value }, signing });
    return [
      ...REFUSED.map((value) => withAmount(value)),
      // A gateway with a larger number type must not create this order.
      withAmount(TOO_LARGE, 'wrong'),
      ...(cannotBeUndone(endpoint) ? [] : NOT_AS_SIGNED.map((value) => withAmount(value))),
    ];
  });
}

function written(value: CaseValue): string {
  return value instanceof LosslessNumber ? value.value : JSON.stringify(value);
}
