import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../commands.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The released packages, in this order: the sandbox depends on the library. */
const PACKAGES = [
  { folder: root, directory: undefined },
  { folder: join(root, 'sandbox'), directory: 'sandbox' },
].map(({ folder, directory }) => ({ folder, directory, manifest: manifestOf(folder) }));

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/**
 * Builds both packages from scratch, and packs them with the repository's URL, against which npm checks the provenance.
 * The package.json of the checkout is not changed.
 *
 * @param {string} repository such as https://github.com/owner/name
 * @param options.isBuilt whether dist/ is used as it is
 * @returns each package with its tarball and its files
 */
export async function packAll(into, repository, { isBuilt = false } = {}) {
  if (!isBuilt) {
    for (const { folder } of PACKAGES) rmSync(join(folder, 'dist'), { recursive: true, force: true });
    // .npmrc prevents npm from running prepack.
    await run('npm', ['run', 'build'], { cwd: root, isShown: true });
  }
  const packed = [];
  for (const { folder, directory, manifest } of PACKAGES) {
    const staged = await unpacked(await pack(folder, into), join(into, 'staged', manifest.name));
    writeFileSync(
      join(staged, 'package.json'),
      `${JSON.stringify({ ...manifestToPublish(staged), ...addresses(repository, directory) }, null, 2)}\n`,
    );
    for (const name of ['README.md', 'README.zh-Hant.md', 'CHANGELOG.md']) {
      const document = join(staged, name);
      if (existsSync(document))
        writeFileSync(
          document,
          withAbsoluteLinks(readFileSync(document, 'utf8'), repository, { directory, ...manifest }),
        );
    }
    const { filename, files } = await pack(staged, into);
    packed.push({ manifest: manifestOf(staged), tarball: join(into, filename), files: files.map(({ path }) => path) });
  }
  return packed;
}

async function pack(folder, into) {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', into], {
    cwd: folder,
  });
  return JSON.parse(stdout)[0];
}

async function unpacked({ filename }, folder) {
  mkdirSync(folder, { recursive: true });
  await run('tar', ['xzf', join(folder, '..', '..', filename), '--strip-components=1', '-C', folder]);
  return folder;
}

/** The manifest without members that only work in this checkout. */
function manifestToPublish(folder) {
  const {
    scripts: _scripts,
    devDependencies: _devDependencies,
    workspaces: _workspaces,
    overrides: _overrides,
    ...manifest
  } = manifestOf(folder);
  return manifest;
}

/**
 * A document with its relative links replaced by links into the repository at the version's tag, because their targets
 * are not in the package.
 *
 * @param {{ directory?: string, version: string }} from the folder of the document
 */
export function withAbsoluteLinks(text, repository, { directory = '', version }) {
  return text.replaceAll(/(!?)\[([^\]]*)\]\((?![a-z]+:|#)([^)]+)\)/g, (_, mark, label, path) => {
    const whole = posix.normalize(posix.join(directory, path));
    return `${mark}[${label}](${pageOf(repository)}/${mark === '' ? 'blob' : 'raw'}/v${version}/${whole})`;
  });
}

function pageOf(repository) {
  return repository.replace(/(\.git)?\/?$/, '');
}

function addresses(repository, directory) {
  const page = pageOf(repository);
  return {
    homepage: `${page}#readme`,
    bugs: { url: `${page}/issues` },
    repository: { type: 'git', url: `git+${page}.git`, ...(directory && { directory }) },
  };
}
