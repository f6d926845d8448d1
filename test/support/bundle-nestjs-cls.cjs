// nestjs-cls is CommonJS and requires Nest 12, which is ESM. Node does that, and Jest on Node 20 does not: there its packages
// come as one file of ESM, which is made at first use.
const fs = require('node:fs');
const path = require('node:path');

const PACKAGES = /^(?:nestjs-cls$|@nestjs-cls\/)/;
const NAMES = [
  'nestjs-cls',
  '@nestjs-cls/transactional',
  '@nestjs-cls/transactional-adapter-drizzle-orm',
  '@nestjs-cls/transactional-adapter-prisma',
  '@nestjs-cls/transactional-adapter-typeorm',
];
const cache = path.join(__dirname, '..', '..', 'node_modules', '.cache');

function bundle() {
  const versions = NAMES.map((name) => require(`${name}/package.json`).version).join('-');
  const file = path.join(cache, `nestjs-cls-${versions}.mjs`);
  if (fs.existsSync(file)) return file;
  const { outputFiles, metafile } = require('esbuild').buildSync({
    stdin: { contents: NAMES.map(exportsOf).join('\n'), resolveDir: __dirname },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@nestjs/*', 'rxjs', 'typeorm', 'drizzle-orm', '@prisma/*', 'reflect-metadata'],
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const required = [...new Set(Object.values(metafile.outputs)[0].imports.map((each) => each.path))];
  const imports = required.map((name, index) => `import * as m${index} from '${name}';`).join('\n');
  const modules = required.map((name, index) => `'${name}': m${index}`).join(', ');
  fs.mkdirSync(cache, { recursive: true });
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, `${imports}\nconst require = (name) => ({ ${modules} })[name];\n${outputFiles[0].text}`);
  fs.renameSync(own, file);
  return file;
}

function exportsOf(name, index) {
  const exported = Object.keys(require(name)).join(', ');
  return `import * as p${index} from '${name}';\nexport const { ${exported} } = p${index};`;
}

module.exports = (name) => (PACKAGES.test(name) ? bundle() : undefined);
