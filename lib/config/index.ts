export { definePass2PayConfig, pass2payConfig } from './pass2pay-config.js';
export type { Pass2PayConfig, Pass2PayConfigDefinition } from './pass2pay-config.js';
