// Builds the site of every release into the folder `site`: the last patch of each minor version at /vX.Y/, the newest
// also at /. Each is built from its own tag, with a menu of all current releases. For .github/workflows/site.yml, which
// sets SITE_URL and REPOSITORY_URL. With --list, it only prints the releases.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { endOnSignal, run } from './commands.mjs';

/** Newest first: `{ name: 'v1.2', tag: 'v1.2.3' }`. Pre-releases have no site. */
async function releases() {
  const { stdout } = await run('git', ['tag', '--list', 'v*', '--sort=-version:refname']);
  const tags = stdout.split('\n').filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag));
  const named = tags.map((tag) => ({ name: tag.replace(/\.\d+$/, ''), tag }));
  return named.filter(({ name }, index) => named.findIndex((other) => other.name === name) === index);
}

async function publish() {
  const { SITE_URL, REPOSITORY_URL } = process.env;
  if (!SITE_URL || !REPOSITORY_URL) throw new Error('Set SITE_URL and REPOSITORY_URL.');
  const all = await releases();
  if (all.length === 0) throw new Error('Nothing has been released: there is no tag of the form vX.Y.Z.');
  const site = resolve('site');
  rmSync(site, { recursive: true, force: true });
  const { pathname } = new URL(`${SITE_URL}/`);
  for (const [index, { name, tag }] of all.entries()) {
    const folder = mkdtempSync(join(tmpdir(), 'pass2pay-site-'));
    const cwd = join(folder, name);
    await run('git', ['worktree', 'add', '--detach', cwd, tag], { isShown: true });
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd, isShown: true });
    const env = { ...process.env, DOCS_REF: tag, DOCS_RELEASES: all.map((release) => release.name).join(' ') };
    for (const path of index === 0 ? ['', `${name}/`] : [`${name}/`]) {
      await run('npm', ['run', 'docs'], { cwd, env: { ...env, DOCS_BASE: `${pathname}${path}` }, isShown: true });
      cpSync(join(cwd, 'docs', '.vitepress', 'dist'), join(site, path), { recursive: true });
    }
    await run('git', ['worktree', 'remove', '--force', cwd]);
    rmSync(folder, { recursive: true, force: true });
  }
}

endOnSignal();
try {
  if (process.argv.includes('--list')) for (const { name, tag } of await releases()) console.log(name, tag);
  else await publish();
} catch (error) {
  console.error(`${error.stderr ?? ''}${error.message}`);
  process.exitCode = 1;
}
