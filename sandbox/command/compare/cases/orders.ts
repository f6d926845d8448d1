import type { SandboxEndpoint } from '../../../gateway/dialects/dialect.js';
import type { CaseMaker } from '../case-maker.js';
import type { CaseGroup, CaseParams, CompareCase } from '../compare-case.js';

/** Orders of 1 fen that nobody pays: each payment method, and each operation on an order. */
export function orders(maker: CaseMaker): CaseGroup[] {
  return [
    ...maker.payEndpoints.flatMap(([name]) => lifeOf(maker, name)),
    ...waysOfPaying(maker),
    ...(maker.dialect.endpoints.close ? [closed(maker)] : []),
  ];
}

/** Created, created again, and queried by each number. */
function lifeOf(maker: CaseMaker, name: SandboxEndpoint): CaseGroup {
  const number = maker.newNumber();
  const wayCode = maker.endpoint(name).order?.wayCode ?? maker.plainWayCode;
  // If the request has no clientIp, the gateway stores the caller's address.
  const unknowable = ['clientIp', 'ifCode'];
  const make = (what: string, set: CaseParams = {}): CompareCase =>
    maker.case(name, what, { set: { mchOrderNo: number, extParam: 'compare', ...set }, wayCode });
  const query = (what: string, set: CaseParams): CompareCase =>
    maker.case('query', `${name}’s ${what}`, {
      set,
      unknowable,
      ...(!('mchOrderNo' in set) && { without: 'mchOrderNo' }),
    });
  return {
    creates: true,
    cases: [
      make('order'),
      make('order, again'),
      make('order, again in capitals', { mchOrderNo: number.toUpperCase() }),
      make('order, again with a trailing blank', { mchOrderNo: `${number} ` }),
      query('order by mchOrderNo', { mchOrderNo: number }),
      query('order by mchOrderNo in capitals', { mchOrderNo: number.toUpperCase() }),
      query('order by mchOrderNo with a trailing blank', { mchOrderNo: `${number} ` }),
      query('order by payOrderId', { payOrderId: '{payOrderId}' }),
      query('order by payOrderId, and an unknown mchOrderNo', {
        payOrderId: '{payOrderId}',
        mchOrderNo: maker.newNumber(),
      }),
      query('order by mchOrderNo, and an unknown payOrderId', {
        payOrderId: 'P0000000000000000000',
        mchOrderNo: number,
      }),
    ],
  };
}

/** Without the methods that need something from the payer or charge immediately. */
function waysOfPaying(maker: CaseMaker): CaseGroup[] {
  const { openedWayCodes, dialect } = maker;
  return Object.entries(dialect.wayCodes)
    .filter(([code, { needs, payDataTypes }]) => {
      const isOpened = openedWayCodes === undefined || openedWayCodes.includes(code);
      return !needs && !payDataTypes.includes('none') && isOpened;
    })
    .flatMap(([wayCode, { payDataTypes }]) =>
      [undefined, ...payDataTypes].map((payDataType): CaseGroup => {
        const number = maker.newNumber();
        const what = `${wayCode}${payDataType === undefined ? '' : ` with payDataType ${payDataType}`}`;
        const channelExtra: CaseParams =
          payDataType === undefined ? {} : { channelExtra: JSON.stringify({ payDataType }) };
        return {
          creates: true,
          cases: [
            maker.case('unifiedOrder', what, { set: { mchOrderNo: number, wayCode, ...channelExtra }, wayCode }),
            maker.case('query', `order of ${what}`, { set: { mchOrderNo: number } }),
          ],
        };
      }),
    );
}

/** Only an order that waits for its payer on the gateway's page can be closed. */
function closed(maker: CaseMaker): CaseGroup {
  const wayCode = 'QR_CASHIER';
  const mchOrderNo = maker.newNumber();
  const of = (name: SandboxEndpoint, what: string): CompareCase => maker.case(name, what, { set: { mchOrderNo } });
  return {
    creates: true,
    cases: [
      maker.case('unifiedOrder', 'order to close', { set: { mchOrderNo, wayCode }, wayCode }),
      of('close', 'order'),
      of('close', 'order, again'),
      of('query', 'closed order'),
    ],
  };
}
