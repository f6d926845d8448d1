import type { CaseMaker } from '../case-maker.js';
import type { CompareCase } from '../compare-case.js';

/** Variants of mchNo and appId. */
export function merchants(maker: CaseMaker): CompareCase[] {
  const { mchNo, appId } = maker.account;
  const query = (what: string, set: Record<string, string>) => maker.case('query', what, { set });
  const unknownApp = '0'.repeat(24);
  return [
    query('unknown mchNo', { mchNo: 'M0000000000000' }),
    query('unknown appId', { appId: unknownApp }),
    query('mchNo and appId unknown', { mchNo: 'M0000000000000', appId: unknownApp }),
    query('mchNo in lower case', { mchNo: mchNo.toLowerCase() }),
    query('mchNo with a trailing blank', { mchNo: `${mchNo} ` }),
    query('appId in capitals', { appId: appId.toUpperCase() }),
    query('appId with a trailing blank', { appId: `${appId} ` }),
    query('appId with a leading blank', { appId: ` ${appId}` }),
  ];
}
