import { expect, it, jest } from '@jest/globals';
import { rerun } from '../../../lib/database/transaction/rerun.js';

const deadlock = () => Object.assign(new Error('deadlock'), { code: '40P01' });

it('runs a transaction that succeeds once', async () => {
  const run = jest.fn(async () => 'done');
  expect(await rerun(run)).toBe('done');
  expect(run).toHaveBeenCalledTimes(1);
});

it('reruns a transaction that the database has rolled back, at most three runs in all', async () => {
  const run = jest.fn(async () => 'done');
  run.mockRejectedValueOnce(deadlock()).mockRejectedValueOnce(deadlock());
  expect(await rerun(run)).toBe('done');
  expect(run).toHaveBeenCalledTimes(3);
});

it('throws the error of the third run', async () => {
  const last = deadlock();
  const run = jest.fn(async () => {});
  run.mockRejectedValueOnce(deadlock()).mockRejectedValueOnce(deadlock()).mockRejectedValueOnce(last);
  await expect(rerun(run)).rejects.toBe(last);
  expect(run).toHaveBeenCalledTimes(3);
});

it('does not rerun after another error', async () => {
  const refused = Object.assign(new Error('duplicate key'), { code: '23505' });
  const run = jest.fn(async () => {
    throw refused;
  });
  await expect(rerun(run)).rejects.toBe(refused);
  expect(run).toHaveBeenCalledTimes(1);
});

it('does not rerun when there is no time left', async () => {
  const first = deadlock();
  const run = jest.fn(async () => {
    throw first;
  });
  await expect(rerun(run, () => false)).rejects.toBe(first);
  expect(run).toHaveBeenCalledTimes(1);
});
