// Jest loads all packages anew for each spec file, which of those with many files takes as long as the tests. Here such a
// package is one file, made at first use, with its subpaths beside it, so that they share its classes.
const fs = require('node:fs');
const path = require('node:path');

const PACKAGES = {
  '@opentelemetry/api': ['@opentelemetry/api'],
  'class-validator': ['class-validator'],
  cockatiel: ['cockatiel'],
  'rate-limiter-flexible': ['rate-limiter-flexible'],
  rxjs: ['rxjs', 'rxjs/operators'],
  undici: ['undici'],
};
const packageOf = new Map(Object.entries(PACKAGES).flatMap(([name, paths]) => paths.map((each) => [each, name])));
const modules = path.join(__dirname, '..', '..', 'node_modules');
const cache = path.join(modules, '.cache', 'bundled-packages');

function bundled(subpath, name) {
  const { version } = JSON.parse(fs.readFileSync(path.join(modules, name, 'package.json'), 'utf8'));
  const fileOf = (part) => path.join(cache, `${part.replaceAll('/', '+')}-${version}.cjs`);
  const whole = fileOf(`${name}/whole`);
  if (!fs.existsSync(whole)) {
    const quoted = PACKAGES[name].map((each) => JSON.stringify(each));
    const { outputFiles } = require('esbuild').buildSync({
      stdin: {
        contents: quoted.map((each) => `exports[${each}] = require(${each});\n`).join(''),
        resolveDir: __dirname,
      },
      bundle: true,
      platform: 'node',
      write: false,
      logLevel: 'error',
    });
    fs.mkdirSync(cache, { recursive: true });
    for (const each of PACKAGES[name]) {
      write(fileOf(each), `module.exports = require(${JSON.stringify(whole)})[${JSON.stringify(each)}];\n`);
    }
    write(whole, outputFiles[0].text);
  }
  return fileOf(subpath);
}

/** At once: other processes make the same file, or read it. */
function write(file, text) {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, text);
  fs.renameSync(own, file);
}

module.exports = (subpath) => {
  const name = packageOf.get(subpath);
  return name === undefined ? undefined : bundled(subpath, name);
};
