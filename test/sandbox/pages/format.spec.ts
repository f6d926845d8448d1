import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatMoney } from '../../../sandbox/gateway/pages/format.js';
import { LANGUAGES } from '../../../sandbox/gateway/pages/language.js';

describe('money', () => {
  it.each([
    [10031, 'cny', 'en', 'CN¥100.31'],
    [10031, 'cny', 'zh-Hans', '¥100.31'],
    [10031, 'CNY', 'zh-Hant', 'CN¥100.31'],
    [123456789, 'usd', 'en', '$1,234,567.89'],
    [1, 'usd', 'zh-Hant', 'US$0.01'],
    // The gateway counts every currency in hundredths, also one without them.
    [10050, 'jpy', 'en', '¥100.50'],
    [10031, 'USDT', 'en', '100.31\u00A0USDT'],
    [123456700, 'usdc', 'zh-Hans', '1,234,567.00\u00A0USDC'],
    [Number.MAX_SAFE_INTEGER, 'cny', 'en', 'CN¥90,071,992,547,409.91'],
    [100, '!!', 'en', '1.00\u00A0!!'],
  ] as const)('%d %s in %s is %s', (amount, currency, language, text) => {
    expect(formatMoney(amount, currency, language).whole).toBe(text);
  });

  it('comes in parts, for two sizes of type', () => {
    expect(formatMoney(10031, 'cny', 'en')).toMatchObject({ symbol: 'CN¥', number: '100.31', symbolFirst: true });
    expect(formatMoney(10031, 'USDT', 'en')).toMatchObject({ symbol: 'USDT', number: '100.31', symbolFirst: false });
  });

  it('keeps every digit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom('cny', 'USDT', 'usd'),
        fc.constantFrom(...LANGUAGES),
        (amount, currency, language) => {
          const { number } = formatMoney(amount, currency, language);
          expect(BigInt(number.replace(/\D/g, ''))).toBe(BigInt(amount));
          expect(number).toMatch(/^\d{1,3}(,\d{3})*\.\d\d$/);
        },
      ),
    );
  });
});
