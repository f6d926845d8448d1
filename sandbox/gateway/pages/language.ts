/** The languages of the pages, as in the `lang` attribute. */
export const LANGUAGES = ['en', 'zh-Hans', 'zh-Hant'] as const;

export type Language = (typeof LANGUAGES)[number];

/** A table of texts per language; the compiler ensures that none is missing. */
export type Messages<T> = Readonly<Record<Language, Readonly<T>>>;

const BY_SCRIPT: ReadonlyMap<string | undefined, Language> = new Map([
  ['Hans', 'zh-Hans'],
  ['Hant', 'zh-Hant'],
]);

/**
 * The supported language that the browser prefers; English if it prefers none of them. Chinese is distinguished by
 * script, which the region implies: zh-TW, zh-HK and yue use Hant, zh, zh-CN and zh-SG use Hans.
 *
 * @param acceptLanguage the request's header, such as `zh-TW,zh;q=0.9,en;q=0.8`
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  for (const tag of byPreference(acceptLanguage ?? '')) {
    const language = languageOf(tag);
    if (language !== undefined) return language;
  }
  return 'en';
}

function byPreference(acceptLanguage: string): string[] {
  return acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.split(';').map((text) => text.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter));
      return { tag, q: weight === undefined ? 1 : Number(weight.slice(2)) };
    })
    .filter(({ q }) => q > 0)
    .toSorted((one, other) => other.q - one.q)
    .map(({ tag }) => tag);
}

function languageOf(tag: string): Language | undefined {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return language === 'en' ? 'en' : BY_SCRIPT.get(script);
  } catch {
    // Not a language tag, for example `*`.
    return undefined;
  }
}
