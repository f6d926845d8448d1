// As the Nest CLI builds: packages stay in node_modules.
module.exports = (options) => ({
  ...options,
  // These sources name files as ESM does.
  resolve: { ...options.resolve, extensionAlias: { '.js': ['.ts', '.js'] } },
});
