// CommonJS, which has the path of a file without `import.meta`, so that Jest can transform the sandbox to CommonJS.
const path = require('node:path');

exports.ASSETS = path.join(__dirname, 'assets/');

exports.fileOfPackage = (file) => require.resolve(file);
