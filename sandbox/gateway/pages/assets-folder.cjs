// CommonJS, which knows where a file is without `import.meta`: so Jest can make the sandbox CommonJS for tests that are.
const { join } = require('node:path');

exports.ASSETS = join(__dirname, 'assets/');

exports.fileOfPackage = (path) => require.resolve(path);
