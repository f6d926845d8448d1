export { RedisInbox, type RedisInboxOptions } from './redis-inbox.js';
export type { NodeRedisScripting, RedisScripting } from './script-client.js';
export { RedisInboxError } from '../errors/redis-inbox.error.js';
