import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseLanguage, LANGUAGES } from '../../../sandbox/gateway/pages/language.js';

describe('the language of the pages', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['en-GB,en;q=0.9', 'en'],
    ['zh-TW,zh;q=0.9,en-US;q=0.8,en;q=0.7', 'zh-Hant'],
    ['zh-HK', 'zh-Hant'],
    ['zh-MO', 'zh-Hant'],
    ['zh-Hant', 'zh-Hant'],
    ['zh-Hant-CN', 'zh-Hant'],
    ['yue-HK', 'zh-Hant'],
    ['zh', 'zh-Hans'],
    ['zh-CN,zh;q=0.9', 'zh-Hans'],
    ['zh-SG', 'zh-Hans'],
    ['zh-Hans-TW', 'zh-Hans'],
    ['ZH-tw', 'zh-Hant'],
    // The best of ours, not the best of all.
    ['ja-JP,ja;q=0.9,zh-TW;q=0.5,en;q=0.4', 'zh-Hant'],
    ['de-DE,de;q=0.9', 'en'],
    // By weight, not by place; 0 means: not this one.
    ['en;q=0.5, zh-CN;q=0.8', 'zh-Hans'],
    ['zh-TW;q=0, en;q=0.1', 'en'],
    ['zh-TW ; q=0.2 , zh-CN;q=0.1', 'zh-Hant'],
    // What is broken is passed over.
    ['x_y, zh-TW;q=nonsense, zh-CN;q=0.1', 'zh-Hans'],
    [';;;,,,q=1', 'en'],
  ])('%s → %s', (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });

  it('comes to one of ours whatever a browser sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (header) => {
        expect(LANGUAGES).toContain(chooseLanguage(header));
      }),
    );
  });
});
