// The sandbox's sources import the library by its name. Beside them stand the library's sources; everywhere else, a package's
// name means what is built, as for its users.
const { join, sep } = require('node:path');

const root = join(__dirname, '..', '..');
const sandbox = join(root, 'sandbox') + sep;
const built = join(sandbox, 'dist') + sep;

/** The folder of `lib/` that a subpath is made of, where it has another name. */
const FOLDERS = { client: 'pass2pay-client' };

function sourceOf(path, basedir) {
  const found = /^nestjs-pass2pay(?:\/(.+))?$/.exec(path);
  const from = basedir + sep;
  if (found === null || !from.startsWith(sandbox) || from.startsWith(built)) return path;
  const [, subpath = ''] = found;
  return join(root, 'lib', FOLDERS[subpath] ?? subpath, 'index.ts');
}

module.exports = (path, options) => options.defaultResolver(sourceOf(path, options.basedir), options);
