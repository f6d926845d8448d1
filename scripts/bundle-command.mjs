// Replaces the output of `nest build` in sandbox/dist/command with a bundle of the command, the library's client and
// what both import, because loading hundreds of files takes most of a command's time. Lazily loaded parts stay separate
// chunks. The gateway stays outside: its classes must exist only once for all importers, and its pages find their
// assets beside them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const command = join(root, 'sandbox/dist/command');
const gateway = join(root, 'sandbox/dist/gateway') + sep;

/** All chunks are in one folder, and this is their path to the gateway. */
const gatewayOutside = {
  name: 'gateway-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      if (!file.startsWith(gateway)) return undefined;
      return { path: `../gateway/${relative(gateway, file).replaceAll(sep, '/')}`, external: true };
    });
  },
};

const { metafile, outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: [join(command, 'main.js')],
  outdir: command,
  write: false,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Unused parts of ES modules are left out: nine tenths of class-validator and rxjs.
  mainFields: ['module', 'main'],
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
  // Bundles the built files, not the sources that tsconfig.json refers to.
  tsconfigRaw: {},
  // For the built-in modules of Node that CommonJS modules require.
  banner: {
    js: "import { createRequire as createRequireOfChunk } from 'node:module';\nconst require = createRequireOfChunk(import.meta.url);",
  },
  // Names stay, and lines are short, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  legalComments: 'none',
  plugins: [gatewayOutside],
  metafile: true,
  logLevel: 'warning',
});

const allLicenses = licensesOf(foldersOfPackages(metafile));
rmSync(command, { recursive: true });
mkdirSync(command);
for (const { path, contents } of outputFiles) writeFileSync(path, contents);
writeFileSync(join(command, 'LICENSES.txt'), allLicenses);

/** The folders of the packages in the bundle. */
function foldersOfPackages({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].toSorted();
}

/** @throws Error for a package without the text of its license. */
function licensesOf(folders) {
  const sections = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const files = readdirSync(join(root, folder));
    const read = (pattern) =>
      files.filter((file) => pattern.test(file)).map((file) => readFileSync(join(root, folder, file), 'utf8'));
    const licenses = read(/^(licen[cs]e|copying)/i);
    if (licenses.length === 0) licenses.push(...read(/^readme/i).flatMap((text) => licenseSection(text) ?? []));
    if (licenses.length === 0)
      throw new Error(`The command's bundle contains ${name}, but ${folder} contains no license text`);
    const texts = [...licenses, ...read(/^(copyright)?notice/i)];
    return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join('\n\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['The command pass2pay contains code from these packages.', ...sections].join(rule)}\n`;
}

/** Some packages have their license only in the README. */
function licenseSection(readme) {
  return /^(#+ *licen[cs]e|licen[cs]e\r?\n-+)\s[^]*\bcopyright\b[^]*\bpermission\b[^]*/im.exec(readme)?.[0];
}
