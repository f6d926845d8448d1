import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../../', import.meta.url);
const text = await readFile(new URL('CONTRIBUTING.md', ROOT), 'utf8');
const paths = [...text.matchAll(/`((?:lib|test|docs|scripts|sample-app)\/[^`*<]+)`/g)].map(([, path]) => path!);

describe('CONTRIBUTING.md', () => {
  it('names paths', () => {
    expect(paths.length).toBeGreaterThan(20);
  });

  it.each([...new Set(paths)])('names %s, which is there', (path) => {
    expect(existsSync(new URL(path, ROOT))).toBe(true);
  });

  it('says what each room is for', () => {
    const drawn = /graph TD\n([\s\S]*?)```/.exec(text)![1]!;
    const rooms = new Set(drawn.match(/[a-z][a-z0-9-]*[a-z]/g));
    expect([...rooms].filter((room) => !text.includes(`${room}/`))).toEqual([]);
  });
});
