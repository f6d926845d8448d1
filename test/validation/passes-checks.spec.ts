import { expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { CreateCashierOrderDto } from '../../lib/payments/create-cashier-order.dto.js';
import { passesChecks } from '../../lib/validation/rule.js';
import { Merchant } from '../../lib/merchants/merchant.js';

const right = { mchOrderNo: 'O1', amount: 100, registerTime: 1622016572190, custNo: 'C1' };
const anything = fc.oneof(
  fc.anything({ maxDepth: 1 }),
  fc.constantFrom('https://shop.example/a', 'cny', 'ALI_QR', 900, '1622016572190', '13812341234', undefined, null, ''),
);
const fields = fc.constantFrom(
  ...Object.keys(right),
  'currency',
  'notifyUrl',
  'returnUrl',
  'wayCode',
  'expiredTime',
  'extParam',
  'mbrTel',
  'channelExtra',
  'unknown',
  'mchNo',
);

it('the checks say what class-validator says of the same class', () => {
  const options = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: false };
  let passed = 0;
  fc.assert(
    fc.property(fc.dictionary(fields, anything, { maxKeys: 3 }), (changes) => {
      const order = Object.assign(new CreateCashierOrderDto(), right, changes);
      const isRight = validateSync(order, options).length === 0;
      if (isRight) passed += 1;
      expect(passesChecks(order)).toBe(isRight);
    }),
    { numRuns: 1_000 },
  );
  expect(passed).toBeGreaterThan(20);
});

it('an instance of a class without checks passes none', () => {
  expect(passesChecks({})).toBe(false);
  expect(passesChecks(Object.assign(new Merchant(), { mchNo: 'M1', appId: 'A1', secrets: '0123456789abcdef' }))).toBe(
    true,
  );
});
