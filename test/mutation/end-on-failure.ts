import fc from 'fast-check';

// A mutant is dead with the first counterexample; a shorter one would be looked for in seconds.
fc.configureGlobal({ endOnFailure: true });
