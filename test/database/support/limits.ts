/** Limits of the database; no two are alike, so that none can stand for another. */
export const LIMITS = {
  connectionTimeoutMs: 3_000,
  lockTimeoutMs: 2_000,
  handlerTimeoutMs: 8_000,
  maxAttempts: 3,
  maxConcurrent: 5,
  sweepEveryMs: 10_000,
};
