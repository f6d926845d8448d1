export type Language = 'en' | 'zh-Hant' | 'zh-Hans';

/**
 * The first language that the shop speaks of those that a browser asks for, the best first. Taiwan, Hong Kong and Macao
 * read traditional characters, as `Intl.Locale` knows.
 */
export function languageOf(asked: readonly string[]): Language {
  for (const tag of asked) {
    const locale = likely(tag);
    if (locale?.language === 'en') return 'en';
    if (locale?.language === 'zh') return locale.script === 'Hant' ? 'zh-Hant' : 'zh-Hans';
  }
  return 'en';
}

/** The tag with the script that it leaves to be guessed; undefined for what is no language, such as `*`. */
function likely(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
}
