export { Pass2PayHealthIndicator, pass2payHealthIndicator, type Pass2PayHealthOptions } from './pass2pay.health.js';
