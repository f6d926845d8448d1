import type { CaseChanges, CaseMaker } from '../case-maker.js';
import type { CaseParams, CompareCase } from '../compare-case.js';

const WRONG_URLS = [
  'HTTP://compare.example/',
  '//compare.example/',
  'ftp://compare.example/',
  'javascript:0',
  ' http://compare.example/',
  'null',
];
const NO_OBJECTS = ['[]', '""', '1', 'null', 'x', '{"a":1'];

/** Values for which a create must be refused: the notify URL, the payment method, the expiry. */
export function createValues(maker: CaseMaker): CompareCase[] {
  const create = (what: string, set: CaseParams): CompareCase => maker.case('unifiedOrder', what, { set });
  return [
    ...maker.payEndpoints.flatMap(([name]) =>
      ['notifyUrl', 'returnUrl'].flatMap((field) =>
        WRONG_URLS.map((url) => maker.case(name, `${field} ${url}`, { set: { [field]: url } })),
      ),
    ),
    ...NO_OBJECTS.map((channelExtra) => create(`channelExtra ${channelExtra}`, { channelExtra })),
    ...['x', '1.5', true, 2_147_483_648].map((expiredTime) =>
      create(`expiredTime ${JSON.stringify(expiredTime)}`, { expiredTime }),
    ),
    ...[3, -1, 'x'].map((divisionMode) => create(`divisionMode ${divisionMode}`, { divisionMode })),
    ...wayCodes(maker),
  ];
}

/** Payment methods that are unknown, lack what they need from the payer, or are known but not enabled. */
function wayCodes(maker: CaseMaker): CompareCase[] {
  const { dialect, openedWayCodes, plainWayCode } = maker;
  const create = (what: string, wayCode: string, changes: CaseChanges = { wayCode }): CompareCase =>
    maker.case('unifiedOrder', what, { set: { wayCode }, ...changes });
  const isOpened = (code: string): boolean => openedWayCodes === undefined || openedWayCodes.includes(code);
  const known = Object.entries(dialect.wayCodes);
  return [
    ...['COMPARE', '1', ` ${plainWayCode}`, `${plainWayCode}_X`].map((code) =>
      create(`unknown wayCode "${code}"`, code, {}),
    ),
    create('wayCode in lower case', plainWayCode.toLowerCase()),
    create('wayCode AUTO_BAR without a code', 'AUTO_BAR'),
    ...known.flatMap(([code, { needs }]) =>
      needs && isOpened(code) ? [create(`wayCode ${code} without ${needs.member}`, code)] : [],
    ),
    ...known.flatMap(([code, { opensCashier }]) =>
      opensCashier || isOpened(code) ? [] : [create(`wayCode ${code}, which is not opened`, code)],
    ),
  ];
}
