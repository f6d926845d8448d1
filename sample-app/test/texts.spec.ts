import { describe, expect, test } from '@jest/globals';
import { languageOf } from '../src/texts/language.js';
import { TEXTS } from '../src/texts/texts-for.js';

describe('the languages', () => {
  test.each([
    [['en-GB', 'en'], 'en'],
    [['zh-TW'], 'zh-Hant'],
    [['zh-HK', 'en'], 'zh-Hant'],
    [['zh-Hant-CN'], 'zh-Hant'],
    [['zh-MO'], 'zh-Hant'],
    [['zh'], 'zh-Hans'],
    [['zh-CN', 'zh-TW'], 'zh-Hans'],
    [['zh-SG'], 'zh-Hans'],
    [['zh-Hans-HK'], 'zh-Hans'],
    [['de', 'fr', 'zh-TW', 'en'], 'zh-Hant'],
    [['de'], 'en'],
    [['*'], 'en'],
    [['not a language', 'zh'], 'zh-Hans'],
    [[], 'en'],
  ] as const)('%j gets %s', (asked, language) => {
    expect(languageOf(asked)).toBe(language);
  });

  test('no text is empty, and nothing was left in English', () => {
    const english = flat(TEXTS.en);
    for (const language of ['zh-Hant', 'zh-Hans'] as const) {
      for (const [name, text] of flat(TEXTS[language])) {
        expect([name, text]).toEqual([name, expect.stringMatching(name === '.language' ? /./ : /\p{Script=Han}/u)]);
        expect([name, text]).not.toEqual([name, english.get(name)]);
      }
    }
  });

  test('traditional and simplified characters are not mixed up', () => {
    const hant = [...flat(TEXTS['zh-Hant']).values()].join('');
    const hans = [...flat(TEXTS['zh-Hans']).values()].join('');
    expect(hant).not.toMatch(/[们这订单请网关购买显]/);
    expect(hans).not.toMatch(/[們這訂單請網關購買顯]/);
  });
});

/** Every text by its place; functions are called with a word that is in both scripts. */
function flat(texts: object, place = ''): Map<string, string> {
  const entries = Object.entries(texts).flatMap(([name, value]: [string, unknown]): [string, string][] => {
    if (typeof value === 'string') return [[`${place}.${name}`, value]];
    if (typeof value === 'function')
      return [[`${place}.${name}`, String((value as (...words: number[]) => unknown)(1, 2))]];
    return [...flat(value as object, `${place}.${name}`)];
  });
  return new Map(entries);
}
