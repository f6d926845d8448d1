import type { Dialect, DialectName } from './dialect.js';
import { PASS2PAY } from './pass2pay.js';
import { PLATFORM } from './platform.js';

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = { pass2pay: PASS2PAY, platform: PLATFORM };
