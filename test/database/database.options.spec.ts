import { describe, expect, it } from '@jest/globals';
import { DatabaseOptions, databaseOptions } from '../../lib/database/database.options.js';
import { readRoom } from '../../lib/validation/options-room.js';

const DEFAULTS = {
  adoptUnknownOrders: false,
  limitTimedOutOrders: false,
  keepDays: 30,
  databaseLimits: {
    maxConcurrent: 5,
    connectionTimeoutMs: 3_000,
    lockTimeoutMs: 3_000,
    handlerTimeoutMs: 8_000,
    maxAttempts: 12,
    sweepEveryMs: 10_000,
  },
  databaseTables: {},
};

const database = { dialect: 'sqlite', begin: async () => ({}), execute: async () => ({}) };

const optionsOf = (given: object) => readRoom(databaseOptions, given).options;
const resolved = (given: object) => databaseOptions.resolve(optionsOf(given));
const issuesOf = (given: object) => readRoom(databaseOptions, given).issues.map(({ message }) => message);

describe('the options of the database', () => {
  it.each([
    ['none is given', optionsOf({})],
    ['all are undefined', optionsOf({ database: undefined, databaseLimits: undefined, keepDays: undefined })],
    ['they do not come from their class', {}],
  ])('have defaults where %s', (_, options) => {
    expect(databaseOptions.resolve(options)).toStrictEqual(DEFAULTS);
  });

  it('show their defaults in their class', () => {
    const { databaseLimits, ...defaults } = DEFAULTS;
    expect({ ...new DatabaseOptions() }).toStrictEqual({ ...defaults, databaseLimits: {} });
    expect(Object.keys(databaseLimits)).toHaveLength(6);
  });

  it('are as they are given', () => {
    const given = {
      database,
      adoptUnknownOrders: true,
      limitTimedOutOrders: true,
      keepDays: false,
      databaseLimits: {
        maxConcurrent: 1,
        connectionTimeoutMs: 2,
        lockTimeoutMs: 3,
        handlerTimeoutMs: 4,
        maxAttempts: 5,
        sweepEveryMs: 60,
      },
      databaseTables: { schema: 'pay', prefix: 'p_' },
    };
    expect(issuesOf(given)).toStrictEqual([]);
    expect(resolved(given)).toStrictEqual(given);
  });

  it.each(Object.keys(DEFAULTS.databaseLimits))('may have no limit but %s', (name) => {
    const limits = { ...DEFAULTS.databaseLimits, [name]: 77 };
    expect(resolved({ databaseLimits: { [name]: 77 } }).databaseLimits).toStrictEqual(limits);
    expect(resolved({ databaseLimits: { [name]: undefined } })).toStrictEqual(DEFAULTS);
  });

  it('cannot be changed after the start, not even by who gave them', () => {
    const given = { databaseLimits: { maxAttempts: 3 }, databaseTables: { prefix: 'p_' } };
    const { databaseLimits, databaseTables } = resolved(given);
    given.databaseLimits.maxAttempts = 4;
    given.databaseTables.prefix = 'q_';
    expect([databaseLimits.maxAttempts, databaseTables]).toStrictEqual([3, { prefix: 'p_' }]);
    expect([Object.isFrozen(databaseLimits), Object.isFrozen(databaseTables)]).toStrictEqual([true, true]);
  });

  it('have timeouts whose sum lets a notify be acknowledged within 15 s', () => {
    const { connectionTimeoutMs, lockTimeoutMs, handlerTimeoutMs } = resolved({}).databaseLimits;
    expect(connectionTimeoutMs + lockTimeoutMs + handlerTimeoutMs).toBeLessThan(15_000);
  });
});

describe('a limit of the database', () => {
  const BOUNDS = [
    ['maxConcurrent', 1, 1_000],
    ['connectionTimeoutMs', 1, 60_000],
    ['lockTimeoutMs', 1, 60_000],
    ['handlerTimeoutMs', 1, 600_000],
    ['maxAttempts', 1, 100],
    ['sweepEveryMs', 10, 86_400_000],
  ] as const;

  it.each(BOUNDS)('%s is %d to %d', (name, least, most) => {
    for (const value of [least, most]) expect(issuesOf({ databaseLimits: { [name]: value } })).toStrictEqual([]);
    const issue = `databaseLimits has a member ${name} that must be a whole number, ${least} to ${most}`;
    for (const value of [least - 1, most + 1, least + 0.5]) {
      expect(issuesOf({ databaseLimits: { [name]: value } })).toStrictEqual([issue]);
    }
  });

  it('is one of those that are known', () => {
    const known = BOUNDS.map(([name]) => name).join(', ');
    expect(issuesOf({ databaseLimits: { maxAttempt: 1 } })).toStrictEqual([
      `databaseLimits has the unknown member maxAttempt; known are ${known}`,
    ]);
    expect(issuesOf({ databaseLimits: 5 })).toStrictEqual([
      `databaseLimits must be an object with the members ${known}`,
    ]);
  });
});

describe('keepDays', () => {
  it.each([2, 3_650, false])('may be %j', (keepDays) => {
    expect(issuesOf({ keepDays })).toStrictEqual([]);
    expect(resolved({ keepDays }).keepDays).toBe(keepDays);
  });

  it.each([1, 3_651, 2.5, 0, true, null])('may not be %j', (keepDays) => {
    expect(issuesOf({ keepDays })).toStrictEqual([
      'keepDays must be a whole number of days, 2 to 3650, or false to erase nothing by age',
    ]);
  });
});

describe('the options of the database are refused', () => {
  it.each([
    ['begin', { execute: database.execute }],
    ['execute', { begin: database.begin }],
    ['object', 'postgres://localhost/shop'],
  ])('without its %s', (_, given) => {
    expect(issuesOf({ database: given })).toStrictEqual(['database must be an object with the methods begin, execute']);
  });

  it('where the names of its tables are no group', () => {
    expect(issuesOf({ databaseTables: 'shop_' })).toStrictEqual([
      "databaseTables must be an object, e.g. { prefix: 'pass2pay_' }",
    ]);
  });

  it.each(['adoptUnknownOrders', 'limitTimedOutOrders'])('where %s is text, as of the environment', (name) => {
    expect(issuesOf({ [name]: 'false' })).toStrictEqual([`${name} must be true or false (a boolean, not a string)`]);
  });
});
