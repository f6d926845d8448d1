const { TestEnvironment } = require('jest-environment-node');

/** Skips the tests after the first of a file that fails: the mutant is dead. */
module.exports = class UntilFirstFailure extends TestEnvironment {
  handleTestEvent({ name, test }) {
    if (name === 'test_start' && this.hasFailed) test.mode = 'skip';
    if (name === 'test_done' && test.errors.length > 0) this.hasFailed = true;
  }
};
