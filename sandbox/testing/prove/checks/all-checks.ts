import type { Check } from '../check.js';
import { CRASHES } from './crashes.js';
import { FORGED_NOTIFIES } from './forged-notifies.js';
import { GENUINE_NOTIFIES } from './genuine-notifies.js';
import { WAYS_IN } from './ways-in.js';

/** In the order in which they run. Without the first, nothing can be told by the others. */
export const ALL_CHECKS: readonly Check[] = [...GENUINE_NOTIFIES, ...FORGED_NOTIFIES, ...WAYS_IN, ...CRASHES];
