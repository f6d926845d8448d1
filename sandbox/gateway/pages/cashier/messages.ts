import { ENGLISH } from './messages.en.js';
import { SIMPLIFIED_CHINESE } from './messages.zh-hans.js';
import { TRADITIONAL_CHINESE } from './messages.zh-hant.js';
import type { Messages } from '../language.js';
import type { CashierMessages } from './cashier-messages.js';

export const CASHIER_MESSAGES: Messages<CashierMessages> = {
  en: ENGLISH,
  'zh-Hans': SIMPLIFIED_CHINESE,
  'zh-Hant': TRADITIONAL_CHINESE,
};
