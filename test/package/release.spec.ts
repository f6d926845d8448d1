import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fileFaults, type PackedManifest } from '../../scripts/release/check-files.mjs';
import { withAbsoluteLinks } from '../../scripts/release/pack.mjs';
import { root } from '../docs/support/document.js';

const manifest = {
  ...(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackedManifest),
  repository: { type: 'git', url: 'git+https://github.com/owner/name.git' },
  homepage: 'https://github.com/owner/name#readme',
  bugs: { url: 'https://github.com/owner/name/issues' },
};
const collection = readFileSync(join(root, 'lib/schematics/collection.json'), 'utf8');

/** Every file that package.json names. */
const named = [...JSON.stringify([manifest.exports, manifest.typesVersions, manifest.bin]).matchAll(/"\.\/([^"]+)"/g)]
  .map(([, path]) => path!)
  .filter((path) => path.startsWith('dist/'));
const SCHEMATICS = ['collection.json', 'nest-add/nest-add.js', 'nest-add/schema.json'].map(
  (path) => `dist/schematics/${path}`,
);
const whole = ['package.json', 'README.md', 'LICENSE', ...named, ...SCHEMATICS];
const faultsOf = (files: readonly string[], of: PackedManifest = manifest) =>
  fileFaults({ manifest: of, files }, () => collection);

describe('D9: a package is released only', () => {
  it('with every file that its package.json and its schematics name', () => {
    expect(faultsOf(whole)).toEqual([]);
    for (const missing of new Set(whole)) {
      const faults = faultsOf(whole.filter((path) => path !== missing));
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.filter((fault) => !fault.startsWith(`${missing}, which `))).toEqual([]);
    }
  });

  it('once it is built', () => {
    const cleanClone = ['CHANGELOG.md', 'LICENSE', 'README.md', 'README.zh-Hant.md', 'package.json'];
    const faults = faultsOf(cleanClone);
    for (const by of ['main', 'types', 'exports', 'typesVersions', 'bin', 'schematics']) {
      expect(faults).toContainEqual(expect.stringContaining(`, which ${by} names, is not in the package`));
    }
  });

  it('without what only the checkout needs', () => {
    const own = ['dist/pay.spec.js', 'test/run.mjs', 'dist/.env', 'dist/tsconfig.tsbuildinfo', 'old.tgz'];
    expect(faultsOf([...whole, ...own])).toEqual(own.map((path) => `${path} must not be in the package`));
  });

  it('with the repository’s address, which its provenance is checked against', () => {
    const { repository: _repository, ...without } = manifest;
    expect(faultsOf(whole, without)).toEqual(['package.json has no repository']);
  });
});

it('D9: the release workflow publishes only by the script that builds and checks', () => {
  const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8');
  expect(workflow).toContain('run: npm run release\n');
  expect(workflow).not.toMatch(/npm publish/);
  expect(workflow).toContain('id-token: write');
});

it('D7: the documents in a package lead into the repository, at its tag', () => {
  const text =
    '[notifies](docs/notifies.md#json) ![shop](docs/images/shop.png) [npm](https://npm.example) [below](#below) [up](../LICENSE)';
  expect(withAbsoluteLinks(text, 'https://github.com/owner/name.git', { directory: 'sandbox', version: '1.2.3' })).toBe(
    '[notifies](https://github.com/owner/name/blob/v1.2.3/sandbox/docs/notifies.md#json) ' +
      '![shop](https://github.com/owner/name/raw/v1.2.3/sandbox/docs/images/shop.png) [npm](https://npm.example) [below](#below) ' +
      '[up](https://github.com/owner/name/blob/v1.2.3/LICENSE)',
  );
  for (const name of ['README.md', 'README.zh-Hant.md', 'CHANGELOG.md']) {
    const document = withAbsoluteLinks(readFileSync(join(root, name), 'utf8'), 'https://github.com/owner/name', {
      version: '1.2.3',
    });
    expect(document.match(/\]\((?!https?:|#)[^)]+\)/g)).toBeNull();
  }
});
