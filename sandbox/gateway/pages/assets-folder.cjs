// CommonJS, which knows where a file is without `import.meta`: so Jest can make the sandbox CommonJS for tests that are.
const path = require('node:path');

exports.ASSETS = path.join(__dirname, 'assets/');

exports.fileOfPackage = (file) => require.resolve(file);
