export { RedisOutcomeStore, type RedisOutcomeStoreOptions, type RedisScripting } from './redis-outcome-store.js';
export { RedisOutcomeStoreError } from '../errors/redis-outcome-store.error.js';
