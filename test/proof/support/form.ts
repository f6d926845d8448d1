/** Which of a proof's two forms runs: both assert the same; the short one, of the gate, takes fewer rounds. */
export const IS_LONG = process.env['LONG'] === '1';

/** Ends a proof that hangs; none comes near it, on however busy a machine. */
export const PROOF_TIMEOUT_MS = IS_LONG ? 3_600_000 : 1_200_000;
