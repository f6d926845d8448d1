import type { Check } from '../check.js';
import { CRASHES } from './crashes.js';
import { FORGED_NOTIFIES } from './forged-notifies.js';
import { GENUINE_NOTIFIES } from './genuine-notifies.js';
import { WAYS_IN } from './ways-in.js';

/** In order of execution. The other checks are meaningless without the first. */
export const ALL_CHECKS: readonly Check[] = [...GENUINE_NOTIFIES, ...FORGED_NOTIFIES, ...WAYS_IN, ...CRASHES];
