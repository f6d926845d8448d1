import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { root } from './support/document.js';

const folder = mkdtempSync(join(tmpdir(), 'pass2pay-releases-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...args]);

it('each minor version has a site, of its last patch; the newest is first, and pre-releases have none', () => {
  git('init', '--quiet');
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@shop.example'];
  git(...who, 'commit', '--quiet', '--allow-empty', '--message', 'first');
  for (const tag of ['v0.1.0', 'v0.1.1', 'v0.2.0', 'v0.10.0', 'v0.9.3', 'v1.0.0-rc.1', 'sandbox-v2.0.0'])
    git('tag', tag);
  const script = join(root, 'scripts', 'publish-site.mjs');
  const listed = execFileSync(process.execPath, [script, '--list'], { cwd: folder, encoding: 'utf8' });
  expect(listed.trim().split('\n')).toEqual(['v0.10 v0.10.0', 'v0.9 v0.9.3', 'v0.2 v0.2.0', 'v0.1 v0.1.1']);
});
