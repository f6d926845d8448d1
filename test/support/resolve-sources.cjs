// The sandbox's sources import the library by its name. Beside them stand the library's sources; everywhere else, a package's
// name means what is built, as for its users.
const path = require('node:path');
const bundleOf = require('./bundle-nestjs-cls.cjs');

const root = path.join(__dirname, '..', '..');
const sandbox = path.join(root, 'sandbox') + path.sep;
const built = path.join(sandbox, 'dist') + path.sep;

/** The folder of `lib/` that a subpath is made of, where it has another name. */
const FOLDERS = { client: 'pass2pay-client' };

function sourceOf(name, basedir) {
  const found = /^nestjs-pass2pay(?:\/(.+))?$/.exec(name);
  const from = basedir + path.sep;
  if (found === null || !from.startsWith(sandbox) || from.startsWith(built)) return name;
  const [, subpath = ''] = found;
  return path.join(root, 'lib', FOLDERS[subpath] ?? subpath, 'index.ts');
}

module.exports = (name, options) => bundleOf(name) ?? options.defaultResolver(sourceOf(name, options.basedir), options);
