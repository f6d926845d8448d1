// Releases both packages: builds and packs them, checks the files, installs the tarballs into an empty folder and uses
// them there, and only then publishes.
//   npm run release                  publishes with provenance; for the release workflow
//   npm run release -- --dry-run     all steps, with npm's dry run at the end
//   npm run release:try              publishes to a local registry, and installs from there
// With PASS2PAY_BUILT=1, a trial uses dist/ as it is. REPOSITORY_URL, or the variables of a GitHub workflow, set the
// repository in package.json.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnSignal, killAll, run } from './commands.mjs';
import { fileFaults, reader } from './release/check-files.mjs';
import { installAndUse } from './release/install.mjs';
import { addToNewApplication } from './release/new-application.mjs';
import { packAll } from './release/pack.mjs';
import { withLocalRegistry } from './release/local-registry.mjs';

const isDry = process.argv.includes('--dry-run');
const isTrial = process.argv.includes('--try');
/** Nothing leaves this machine, so no real URL is needed. */
const PLACEHOLDER = 'https://github.com/OWNER/nestjs-pass2pay';

function repositoryUrl() {
  const { REPOSITORY_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
  if (REPOSITORY_URL) return REPOSITORY_URL;
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY) return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;
  if (isDry || isTrial) return PLACEHOLDER;
  throw new Error('Set REPOSITORY_URL to the URL of the repository, such as https://github.com/owner/name');
}

function check({ manifest, files }, folder) {
  const faults = fileFaults({ manifest, files }, reader(join(folder, 'staged', manifest.name)));
  if (faults.length > 0) throw new Error(`${manifest.name} cannot be released:\n  ${faults.join('\n  ')}`);
  console.log(`${manifest.name} ${manifest.version}: ${files.length} files`);
}

/** A release that failed between the two packages can be repeated. */
async function isPublished({ name, version }) {
  try {
    const { stdout } = await run('npm', ['view', `${name}@${version}`, 'version']);
    return stdout.trim() === version;
  } catch {
    return false;
  }
}

async function publish({ manifest, tarball }) {
  const args = ['publish', tarball, '--access', 'public'];
  if (isDry) return run('npm', [...args, '--dry-run'], { isShown: true });
  if (await isPublished(manifest)) return console.log(`${manifest.name} ${manifest.version} is already published`);
  return run('npm', [...args, '--provenance'], { isShown: true });
}

const folder = mkdtempSync(join(tmpdir(), 'pass2pay-release-'));
const leave = () => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
endOnSignal(leave);
try {
  const packed = await packAll(folder, repositoryUrl(), { isBuilt: isTrial && process.env.PASS2PAY_BUILT === '1' });
  for (const one of packed) check(one, folder);
  const manifests = packed.map(({ manifest }) => manifest);
  const tarballs = packed.map(({ tarball }) => tarball);
  await installAndUse(join(folder, 'user'), tarballs, { manifests });
  console.log('installed from the tarballs and used');
  if (isTrial) {
    await withLocalRegistry(join(folder, 'registry'), async (registry) => {
      for (const tarball of tarballs) await registry.publish(tarball);
      const names = manifests.map(({ name, version }) => `${name}@${version}`);
      await installAndUse(join(folder, 'registry-user'), names, { manifests, registry: registry.url });
      console.log('published to a local registry, installed from there and used');
      await addToNewApplication(folder, manifests[0], registry.url);
    });
    console.log('added to a new application with nest add; it builds and passes its tests');
  } else {
    for (const one of packed) await publish(one);
  }
} catch (error) {
  console.error([error.message, error.stdout, error.stderr].filter(Boolean).join('\n'));
  process.exitCode = 1;
} finally {
  killAll();
  leave();
}
