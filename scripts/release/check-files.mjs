import { readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/**
 * The problems with a package's files: every file that its package.json and its schematics name must exist, as well as
 * those that npm displays; files of the checkout only must not be included.
 *
 * @param {{ manifest: object, files: string[] }} packed
 * @param {(path: string) => string} read returns the text of a file
 */
export function fileFaults({ manifest, files }, read) {
  const there = new Set(files);
  const missing = [...namedFiles(manifest, there, read)].filter(({ path }) => !there.has(path));
  const unwanted = files.filter((path) =>
    /\.spec\.|(^|\/)(test|fixtures|node_modules)\/|\.env|tsbuildinfo|\.tgz$/.test(path),
  );
  return [
    ...missing.map(({ path, by }) => `${path}, which ${by} names, is not in the package`),
    ...unwanted.map((path) => `${path} must not be in the package`),
    ...['repository', 'homepage', 'bugs', 'license']
      .filter((field) => !manifest[field])
      .map((field) => `package.json has no ${field}`),
  ];
}

function* namedFiles({ main, types, exports, typesVersions = {}, bin, schematics }, there, read) {
  for (const path of ['README.md', 'LICENSE', 'package.json']) yield { path, by: 'npm' };
  yield { path: normal(main), by: 'main' };
  yield { path: normal(types), by: 'types' };
  for (const path of pathsIn(exports)) yield { path: normal(path), by: 'exports' };
  for (const path of pathsIn(typesVersions)) yield { path: normal(path), by: 'typesVersions' };
  for (const path of pathsIn(bin ?? {})) yield { path: normal(path), by: 'bin' };
  if (schematics === undefined) return;
  yield { path: normal(schematics), by: 'schematics' };
  if (!there.has(normal(schematics))) return;
  for (const { factory, schema } of Object.values(JSON.parse(read(normal(schematics))).schematics)) {
    const beside = (path) => posix.join(dirname(normal(schematics)), path);
    yield { path: beside(factory.split('#')[0]), by: 'schematics' };
    if (schema !== undefined) yield { path: beside(schema), by: 'schematics' };
  }
}

function pathsIn(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(pathsIn);
}

function normal(path) {
  return posix.normalize(path);
}

/** Reads the files of a package that was unpacked into a folder. */
export function reader(folder) {
  return (path) => readFileSync(join(folder, path), 'utf8');
}
