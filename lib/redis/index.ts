export { RedisInbox, type RedisInboxOptions, type RedisScripting } from './redis-inbox.js';
export { RedisInboxError } from '../errors/redis-inbox.error.js';
