import { test } from '@jest/globals';
import { isPostgresReachable, POSTGRES_HOST, postgresDatabase } from './support/databases.js';
import { describeShop } from './support/shop-behaviour.js';

// In CI a missing PostgreSQL is a failure, so the tests run, and fail, without it.
if (process.env.CI || (await isPostgresReachable())) describeShop('PostgreSQL', postgresDatabase);
else test.skip(`the shop on PostgreSQL: skipped, since none is reachable at ${POSTGRES_HOST}`, () => {});
