import { IS_LONG } from '../../support/form.js';

/** Ends a proof that hangs; none comes near it, on however busy a machine. */
export const PROOF_TIMEOUT_MS = IS_LONG ? 3_600_000 : 1_200_000;
