// Replaces sandbox/dist/command, as `nest build` made it, by a bundle of the command, the library's client and what both import,
// since hundreds of files take most of a command's time. What a command loads lazily stays a chunk of its own, and the gateway
// stays outside: its classes are one for whoever imports it, and its pages find their assets beside them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const command = join(root, 'sandbox/dist/command');
const gateway = join(root, 'sandbox/dist/gateway') + sep;

/** All chunks lie in one folder, from where this is the way to the gateway. */
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
  // Of ES modules, what nobody uses stays away: of class-validator and rxjs, nine tenths.
  mainFields: ['module', 'main'],
  alias: { rxjs: join(root, 'node_modules/rxjs/dist/esm/index.js') },
  // What is built, not the sources that tsconfig.json leads to.
  tsconfigRaw: {},
  // What CommonJS modules require of Node itself.
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

/** Of each package that something in the bundle comes from. */
function foldersOfPackages({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].toSorted();
}

/** @throws Error for a package without a license's text. */
function licensesOf(folders) {
  const sections = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const files = readdirSync(join(root, folder));
    const read = (pattern) =>
      files.filter((file) => pattern.test(file)).map((file) => readFileSync(join(root, folder, file), 'utf8'));
    const licenses = read(/^(licen[cs]e|copying)/i);
    if (licenses.length === 0) licenses.push(...read(/^readme/i).flatMap((text) => licenseSection(text) ?? []));
    if (licenses.length === 0)
      throw new Error(`The command's bundle holds ${name}, whose license's text is not in ${folder}`);
    const texts = [...licenses, ...read(/^(copyright)?notice/i)];
    return [`${name} ${version} (${license})`, ...texts.map((text) => text.trim())].join('\n\n');
  });
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${['The command pass2pay holds code of these packages.', ...sections].join(rule)}\n`;
}

/** Some packages have their license in the README only. */
function licenseSection(readme) {
  return /^(#+ *licen[cs]e|licen[cs]e\r?\n-+)\s[^]*\bcopyright\b[^]*\bpermission\b[^]*/im.exec(readme)?.[0];
}
