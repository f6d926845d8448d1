import { describe, expect, it } from '@jest/globals';
import { readImportedOrders, type ImportedOrder } from '../../../lib/database/orders/imported-order.js';
import { orderToImport } from '../support/order-to-import.js';

const ORDER: ImportedOrder = { mchNo: 'M1', appId: 'A1', mchOrderNo: 'O1', amount: 5, currency: 'CNY' };
const READ = orderToImport();

const messagesOf = (...given: unknown[]) => readImportedOrders(given).issues.map(({ message }) => message);

describe('an order of an import', () => {
  it('is a payment with its currency in lower case, where nothing else is given', () => {
    expect(readImportedOrders([ORDER])).toStrictEqual({ orders: [READ], issues: [] });
  });

  it.each([null, undefined])('may have %s for what is unknown', (none) => {
    const given = { ...ORDER, kind: none, custNo: none, gatewayId: none, lastApplied: none, gatewayState: none };
    expect(readImportedOrders([given])).toStrictEqual({ orders: [READ], issues: [] });
  });

  it('is checked although JSON names its prototype', () => {
    expect(messagesOf(JSON.parse('{"__proto__": {}, "mchNo": 1}'))).toContain(
      'orders[0].appId is required: the app id of the order',
    );
  });

  it('keeps all that is known', () => {
    const known = { kind: 'transfer', custNo: 'C1', gatewayId: 'T1', lastApplied: 0, gatewayState: 2 };
    expect(readImportedOrders([ORDER, { ...ORDER, ...known }]).orders[1]).toStrictEqual({
      ...READ,
      ...known,
      path: 'orders[1]',
    });
  });

  it('may have fields of their greatest length', () => {
    const longest = {
      mchNo: 'm'.repeat(30),
      appId: 'a'.repeat(24),
      mchOrderNo: 'o'.repeat(64),
      amount: 2_147_483_647,
      currency: 'c'.repeat(8),
      custNo: 'c'.repeat(64),
      gatewayId: 'g'.repeat(64),
    };
    expect(messagesOf(longest)).toStrictEqual([]);
  });

  it.each([
    ['mchNo', 30],
    ['appId', 24],
    ['mchOrderNo', 64],
    ['currency', 8],
    ['custNo', 64],
    ['gatewayId', 64],
  ])('has no %s of more than %i characters', (field, most) => {
    expect(messagesOf({ ...ORDER, [field]: 'x'.repeat(most + 1) })).toStrictEqual([
      `orders[0].${field} has ${most + 1} characters; send up to ${most}`,
    ]);
  });

  it('needs its merchant, app, number, amount and currency', () => {
    expect(messagesOf({})).toStrictEqual([
      'orders[0].mchNo is required: the merchant number of the order',
      'orders[0].appId is required: the app id of the order',
      'orders[0].mchOrderNo is required: the order number that was sent to the gateway',
      'orders[0].amount is required: the amount of the order in minor units',
      'orders[0].currency is required: the currency of the order, e.g. cny',
    ]);
  });

  it.each([
    [{ kind: 'refund' }, "orders[0].kind must be 'payment' or 'transfer'"],
    [
      { amount: '5' },
      'orders[0].amount is the string "5"; send a number of minor units (fen), e.g. 10031 for 100.31 yuan',
    ],
    [{ lastApplied: '2' }, "orders[0].lastApplied must be one of the gateway's states (a number)"],
    [{ gatewayState: 1.5 }, "orders[0].gatewayState must be one of the gateway's states (a number)"],
    [{ lastApplied: 7 }, 'orders[0].lastApplied is 7, which is not a state of a payment'],
    [{ gatewayState: -1 }, 'orders[0].gatewayState is -1, which is not a state of a payment'],
    [{ kind: 'transfer', lastApplied: 5 }, 'orders[0].lastApplied is 5, which is not a state of a transfer'],
    [{ status: 'created' }, 'orders[0].status is unknown; check its spelling or leave it out'],
  ])('with %j is refused', (changes, message) => {
    const { issues } = readImportedOrders([{ ...ORDER, ...changes }]);
    const field = message.slice(0, message.indexOf(' '));
    expect(issues).toStrictEqual([{ field, message }]);
  });

  it.each([null, 'O1', 7, [ORDER]])('is no order: %j', (given) => {
    expect(readImportedOrders([given])).toStrictEqual({
      orders: [],
      issues: [
        {
          field: 'orders[0]',
          message: 'orders[0] must be an object with mchNo, appId, mchOrderNo, amount and currency',
        },
      ],
    });
  });
});

describe('an import', () => {
  it('lists the issues of all orders', () => {
    expect(
      messagesOf(null, { ...ORDER, amount: 0 }, ORDER, { ...ORDER, lastApplied: 9, gatewayState: 9 }),
    ).toStrictEqual([
      'orders[0] must be an object with mchNo, appId, mchOrderNo, amount and currency',
      'orders[1].amount is 0; send 1 to 2147483647 minor units (fen)',
      'orders[3].lastApplied is 9, which is not a state of a payment',
      'orders[3].gatewayState is 9, which is not a state of a payment',
    ]);
  });

  it('of no orders has no issues', () => {
    expect(readImportedOrders([])).toStrictEqual({ orders: [], issues: [] });
  });
});
