import { beforeEach, describe, expect, it } from '@jest/globals';
import { CompoundStatements, rowsOf } from '../../../lib/database/adapters/compound-statements.js';

let sent: string[];
let failures: [RegExp, Error][];
let compound: CompoundStatements;
beforeEach(() => {
  sent = [];
  failures = [];
  compound = new CompoundStatements();
});

const query = async (sql: string) => {
  sent.push(sql);
  const failure = failures.find(([pattern]) => pattern.test(sql));
  if (failure !== undefined) throw failure[1];
  return 'done';
};
const syntax = () => Object.assign(new Error('syntax'), { code: 'ER_PARSE_ERROR' });

describe('statements of MariaDB', () => {
  it('are sent together', async () => {
    await compound.run(['A', 'B'], query);
    expect(await compound.runTogether(['C'], query)).toBe('done');
    expect(sent).toStrictEqual(['BEGIN NOT ATOMIC A; B; END', 'BEGIN NOT ATOMIC C; END']);
  });

  it('are not run again one by one when one of them fails', async () => {
    const refused = Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' });
    failures.push([/^BEGIN/, refused]);
    await expect(compound.run(['A', 'B'], query)).rejects.toBe(refused);
    expect(sent).toHaveLength(1);
  });
});

describe('statements of MySQL', () => {
  it('are sent one by one, and together never again', async () => {
    failures.push([/^BEGIN/, syntax()]);
    await compound.run(['A', 'B'], query);
    await compound.run(['C'], query);
    expect(await compound.runTogether(['D'], query)).toBeUndefined();
    expect(sent).toStrictEqual(['BEGIN NOT ATOMIC A; B; END', 'A', 'B', 'C']);
  });

  it('end with the first that fails', async () => {
    const refused = new Error('no');
    failures.push([/^BEGIN/, syntax()], [/^A/, refused]);
    await expect(compound.run(['A', 'B'], query)).rejects.toBe(refused);
    expect(sent.at(-1)).toBe('A');
  });
});

it('has the rows of the first result', () => {
  expect(rowsOf([{ a: 1 }, { a: 2 }])).toStrictEqual([{ a: 1 }, { a: 2 }]);
  expect(rowsOf([[{ a: 1 }], { affectedRows: 0 }])).toStrictEqual([{ a: 1 }]);
  expect(rowsOf([])).toStrictEqual([]);
});
