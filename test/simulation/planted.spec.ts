import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { bundle } from './bundle.mjs';
import { PLANTED_BUGS } from './planted-bugs.js';

interface End {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs schedules of a program that `bundle` has made. */
async function simulate(program: string, inbox: string, ...given: string[]): Promise<End> {
  const args = [program, '--inbox', inbox, '--seed', '1', ...given];
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, args)) };
  } catch (error) {
    return error as End;
  }
}

const lastLineOf = ({ stdout }: End) => stdout.trim().split('\n').at(-3);

describe('in fewer than 2,000 schedules, the simulation finds', () => {
  it.concurrent.each(PLANTED_BUGS)('$name', async (bug) => {
    const end = await simulate(await bundle(bug), bug.inbox, '--runs', '2000', '--no-shrinking');
    expect(end.stderr).toBe('');
    expect(lastLineOf(end)).toMatch(bug.breaks);
    expect(end.code).toBe(1);
  });
});

it('gives the shortest schedule that fails, and replays it exactly', async () => {
  const bug = PLANTED_BUGS.find(({ name }) => name === 'stale-delivered')!;
  const program = await bundle(bug);
  const found = await simulate(program, bug.inbox);
  const [, path] = /--path (\S+)\n$/.exec(found.stdout)!;
  const replayed = await simulate(program, bug.inbox, '--path', path!);
  const withoutHead = ({ stdout }: End) => stdout.split('\n').slice(1, -2);
  expect(withoutHead(replayed)).toEqual(withoutHead(found));
  // One order, a process or two, and not one fault that is not needed.
  expect(found.stdout).toMatch(/^[12] processes; no wire fails/m);
  expect(found.stdout.match(/^order/gm)).toHaveLength(1);
  expect(found.stdout.split('\n').length).toBeLessThan(60);
});
