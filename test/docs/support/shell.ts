import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './document.js';

const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };

/** Runs work in an empty folder with some folders in it, which is gone afterwards. */
export async function inFolder(folders: readonly string[], work: () => Promise<void>): Promise<void> {
  const checkout = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'pass2pay-docs-'));
  for (const each of folders) mkdirSync(join(folder, each), { recursive: true });
  process.chdir(folder);
  try {
    await work();
  } finally {
    process.chdir(checkout);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a block of a document with this package's own command, in the current folder; `leaveOut` are commands of other tools. */
export async function runShell(block: string, { leaveOut = /^$/ }: { leaveOut?: RegExp } = {}): Promise<void> {
  const command = `"${process.execPath}" "${join(root, bin['nestjs-pass2pay']!)}"`;
  const lines = block.split('\n').filter((line) => line !== '' && !leaveOut.test(line));
  const script = lines.join('\n').replaceAll('npx nestjs-pass2pay', command);
  await promisify(execFile)('bash', ['-ec', script], { cwd: process.cwd() });
}
