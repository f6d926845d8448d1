/** The languages that the pages speak, as in the `lang` attribute. */
export const LANGUAGES = ['en', 'zh-Hans', 'zh-Hant'] as const;

export type Language = (typeof LANGUAGES)[number];

/** One table of texts for each language; the compiler misses none of them. */
export type Messages<T> = Readonly<Record<Language, Readonly<T>>>;

const BY_SCRIPT: ReadonlyMap<string | undefined, Language> = new Map([
  ['Hans', 'zh-Hans'],
  ['Hant', 'zh-Hant'],
]);

/**
 * The language of ours that a browser likes best; English when it likes none of them. Chinese is told apart by script,
 * which the region implies: zh-TW, zh-HK and yue are written in Hant, zh, zh-CN and zh-SG in Hans.
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
    // No language tag; `*` among them.
    return undefined;
  }
}
