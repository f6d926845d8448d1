import { register } from 'node:module';

// For `node --import`: lets a child process of a test run the sources as they are.
register('./typescript-hooks.mjs', import.meta.url);
