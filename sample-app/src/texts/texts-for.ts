import type { Request } from 'express';
import { EN } from './en.js';
import { languageOf, type Language } from './language.js';
import type { Texts } from './texts.js';
import { ZH_HANS } from './zh-hans.js';
import { ZH_HANT } from './zh-hant.js';

export const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, 'zh-Hant': ZH_HANT, 'zh-Hans': ZH_HANS };

/** The texts in the language that a request's Accept-Language asks for. */
export function textsFor(request: Request): Texts {
  return TEXTS[languageOf(request.acceptsLanguages())];
}
