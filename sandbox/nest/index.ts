export { Pass2PaySandboxModule, type RunningGateway } from './pass2pay-sandbox.module.js';
