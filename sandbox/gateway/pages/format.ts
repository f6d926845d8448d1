import type { Language } from './language.js';

/** An amount in parts, so that a page can set them in different sizes. `whole` is the complete text. */
export interface FormattedMoney {
  /** `CN¥` or `¥`; for a currency that is not in ISO 4217, its code, which follows the number. */
  readonly symbol: string;
  readonly number: string;
  readonly symbolFirst: boolean;
  readonly whole: string;
}

/**
 * An amount in minor units as people read it: 10031 cny is CN¥100.31 in English and ¥100.31 in simplified Chinese,
 * 10031 USDT is 100.31 USDT. The gateway counts every currency in hundredths.
 *
 * Source: protocol §8, amount.
 */
export function formatMoney(amount: number, currency: string, language: Language): FormattedMoney {
  const code = currency.toUpperCase();
  const format = currencyFormat(code, language);
  const decimal = decimalOf(amount);
  if (!format) {
    const number = new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(decimal);
    return { symbol: code, number, symbolFirst: false, whole: `${number}\u00A0${code}` };
  }
  const parts = format.formatToParts(decimal);
  const isSymbol = ({ type }: Intl.NumberFormatPart): boolean => type === 'currency';
  return {
    symbol: parts.find(isSymbol)?.value ?? code,
    number: parts
      .filter((part) => !isSymbol(part))
      .map(({ value }) => value)
      .join('')
      .trim(),
    symbolFirst: parts.findIndex(isSymbol) === 0,
    whole: parts.map(({ value }) => value).join(''),
  };
}

/** Date and time to the second, in the sandbox's time zone. @param at in ms since 1970 */
export function formatTime(at: number, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' }).format(at);
}

/** Undefined for a currency that is not in ISO 4217, such as USDT. */
function currencyFormat(code: string, language: Language): Intl.NumberFormat | undefined {
  if (!/^[A-Z]{3}$/.test(code)) return undefined;
  return new Intl.NumberFormat(language, {
    style: 'currency',
    currency: code,
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
}

/** As a decimal text, because amounts of more than 15 digits may not be exact as a number. */
function decimalOf(amount: number): Intl.StringNumericLiteral {
  const digits = String(amount).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}` as Intl.StringNumericLiteral;
}
