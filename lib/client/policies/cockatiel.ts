import { lazily } from '../../validation/lazily.js';

/** The library of the policies, loaded with the first request: importing this package does not need its 28 files. */
export const cockatiel = lazily(() => import('cockatiel'));
