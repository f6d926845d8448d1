import type { CaseMaker } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

const UNKNOWN_FIELD = { compareUnknown: '1' };

/** Which signatures verify, and which do not. */
export function signatures(maker: CaseMaker): CompareCase[] {
  const query = maker.case.bind(maker, 'query');
  return [
    ...maker.endpoints.map(([name]) => maker.case(name, 'wrong signature', { signing: 'wrong' })),
    query('signature in lower case', { signing: 'lower case' }),
    query('signature of 31 digits', { signing: 'missing', unsigned: { sign: '0'.repeat(31) } }),
    query('signature is no hex', { signing: 'missing', unsigned: { sign: 'compare' } }),
    query('unknown field, signed', { set: UNKNOWN_FIELD }),
    query('unknown field, not signed', { unsigned: UNKNOWN_FIELD }),
    query('known field, not signed', { unsigned: { payOrderId: 'P0000000000000000000' } }),
    query('field in another case, signed', { without: 'mchOrderNo', set: { MchOrderNo: maker.newNumber() } }),
    query('an empty field', { set: { payOrderId: '' } }),
    query('a null field', { set: { payOrderId: null } }),
    query('a value with & in it', { set: { mchOrderNo: `${maker.newNumber()}&x=1` } }),
    query('a value with blanks around it', { set: { mchOrderNo: ` ${maker.newNumber()} ` } }),
    query('a value that is not ASCII', { set: { mchOrderNo: `${maker.newNumber()}商😀` } }),
    query('a number where a text is expected', { set: { mchOrderNo: 12 } }),
    query('true where a text is expected', { set: { mchOrderNo: true } }),
    query('a list where a text is expected', { set: { mchOrderNo: [] } }),
    query('an object where a text is expected', { set: { mchOrderNo: {} } }),
  ];
}
