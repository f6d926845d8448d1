import type { CreateTimes } from '../../../lib/database/orders/order-table.js';

/** How a test's table keeps creates. */
export const CREATE_TIMES: CreateTimes = {
  connectionTimeoutMs: 3_000,
  lockTimeoutMs: 3_000,
  longestMs: 60_000,
  waitMs: 1_000,
  afterMs: 540_000,
};
