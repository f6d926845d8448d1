import { expect, it } from '@jest/globals';
import { NamedStatements, type NamedStatement } from '../../../lib/database/adapters/named-statements.js';
import { StatementLostError } from '../../../lib/database/sql-errors.js';

function sending(failure?: Error) {
  const sent: [NamedStatement | string, unknown[]][] = [];
  const query = async (statement: NamedStatement | string, values: unknown[]) => {
    sent.push([statement, values]);
    if (failure !== undefined) throw failure;
    return 'done';
  };
  return { sent, query };
}

it('gives the same text the same short name, and another text another one', async () => {
  const named = new NamedStatements();
  const { sent, query } = sending();
  expect(await named.run('SELECT $1', [1], query)).toBe('done');
  await named.run('SELECT $1', [2], query);
  await named.run('SELECT 2', [], query);
  const names = sent.map(([statement]) => (statement as NamedStatement).name);
  expect(sent[0]).toStrictEqual([{ name: names[0], text: 'SELECT $1' }, [1]]);
  expect(names[0]).toMatch(/^pass2pay_[0-9a-f]{32}$/);
  expect(names[1]).toBe(names[0]);
  expect(names[2]).not.toBe(names[0]);
});

it('sends no names any more behind a proxy that loses prepared statements', async () => {
  const named = new NamedStatements();
  const lost = Object.assign(new Error('prepared statement does not exist'), { code: '26000' });
  const error: unknown = await named.run('SELECT 1', [], sending(lost).query).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StatementLostError);
  expect((error as Error).cause).toBe(lost);
  const { sent, query } = sending();
  expect(await named.run('SELECT $1', [1], query)).toBe('done');
  expect(sent).toStrictEqual([['SELECT $1', [1]]]);
});

it('keeps names after another error', async () => {
  const named = new NamedStatements();
  const refused = Object.assign(new Error('duplicate key'), { code: '23505' });
  await expect(named.run('SELECT 1', [], sending(refused).query)).rejects.toBe(refused);
  const { sent, query } = sending();
  await named.run('SELECT 1', [], query);
  expect(sent[0]![0]).toMatchObject({ text: 'SELECT 1' });
});
