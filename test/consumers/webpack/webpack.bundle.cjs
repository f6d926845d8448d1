// Everything in one file, which runs without node_modules. docs/compatibility.md shows the same.
const { IgnorePlugin } = require('webpack');
const withAlias = require('./webpack.config.cjs');

/** Whether a package is not installed: an optional one. */
function isMissing(resource, context) {
  if (resource.startsWith('.') || resource.startsWith('node:')) return false;
  try {
    require.resolve(resource, { paths: [context] });
    return false;
  } catch (error) {
    return error.code === 'MODULE_NOT_FOUND';
  }
}

module.exports = (options) => ({
  ...withAlias(options),
  externals: [],
  output: { ...options.output, filename: 'bundle.cjs' },
  plugins: [...options.plugins, new IgnorePlugin({ checkResource: isMissing })],
});
