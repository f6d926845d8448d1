// A worker that ends frees the modules of all its spec files first. On slow processors that takes longer than the 500 ms that
// Jest waits, which then reports tests that leak, where there are none.
if (process.env.JEST_WORKER_ID !== undefined) process.once('exit', () => process.exit());
