import type { Language } from '../texts/language.js';

/** The shop's clock: its customers live there. */
const TIME_ZONE = 'Asia/Shanghai';

/** An amount of minor units as people read it: 8800 cny is CN¥88.00. */
export function price(amount: number, currency: string, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount / 100);
}

export function date(time: Date, language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: TIME_ZONE }).format(time);
}

export function dateAndTime(time: Date, language: Language): string {
  const styles = { dateStyle: 'medium', timeStyle: 'medium', timeZone: TIME_ZONE } as const;
  return new Intl.DateTimeFormat(language, styles).format(time);
}

/** The hour and minute. */
export function clock(time: Date, language: Language): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: TIME_ZONE }).format(time);
}
