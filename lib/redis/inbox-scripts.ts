import { UNKNOWN_VALUE } from '../errors/redis-inbox.error.js';
import { createHash } from 'node:crypto';

/** A Lua script: Redis runs each to its end before it does anything else. */
export interface Script {
  source: string;
  /** By which a Redis that has seen the script knows it. */
  sha: string;
}

/**
 * Each order or transfer is a hash, the one key that a script touches: `fence` of the last claim, a number that grows
 * and the claimer's mark; `leaseEnd`, in ms since 1970, while it is claimed; `state`, once one was handled.
 * Fences begin with the time, so that they grow also after the hash was deleted, expired or lost.
 */
const READ = `
local values = redis.call('HMGET', KEYS[1], 'fence', 'leaseEnd', 'state')
local fence, leaseEnd, state = values[1], values[2], values[3]
local count = (fence and 1 or 0) + (leaseEnd and 1 or 0) + (state and 1 or 0)
if redis.call('HLEN', KEYS[1]) ~= count
  or (count > 0 and not (fence and string.match(fence, '^%d+%-%x+$')))
  or (leaseEnd and not string.match(leaseEnd, '^%d+$'))
  or (state and not string.match(state, '^%d+$')) then
  return redis.error_reply('${UNKNOWN_VALUE} the hash has other fields or values than fence, leaseEnd and state')
end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local function lease(ms, ttl)
  redis.call('HSET', KEYS[1], 'fence', fence, 'leaseEnd', string.format('%.0f', now + ms))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(ms, ttl)))
end
`;

/** The client sends a command again when its connection broke, perhaps after it was run: each must bear that. */
export const SCRIPTS = {
  /** Arguments: the claimer's mark, lease and TTL in ms. Gives the fence and the state, or nil when it is taken. */
  claim: script(`
local isOwn = leaseEnd and string.match(fence, '%x+$') == ARGV[1]
if leaseEnd and tonumber(leaseEnd) > now and not isOwn then return false end
if not isOwn then
  local least = fence and tonumber(string.match(fence, '^%d+')) + 1 or 0
  fence = string.format('%.0f-%s', math.max(least, micros), ARGV[1])
end
lease(tonumber(ARGV[2]), tonumber(ARGV[3]))
return { fence, state }
`),

  /** Arguments: fence, lease and TTL in ms. Gives 1, or 0 when the claim was lost. */
  renew: script(`
if fence ~= ARGV[1] or not leaseEnd then return 0 end
lease(tonumber(ARGV[2]), tonumber(ARGV[3]))
return 1
`),

  /** Arguments: fence, state, TTL in ms. Gives 1, or 0 when the claim was lost. */
  complete: script(`
if fence ~= ARGV[1] then return 0 end
if not leaseEnd then return state == ARGV[2] and 1 or 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[2])
redis.call('HDEL', KEYS[1], 'leaseEnd')
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`),

  /** Arguments: fence. The mark of no claimer ends the claim: it can no longer say that it completed the state. */
  release: script(`
if fence ~= ARGV[1] or not leaseEnd then return 0 end
if not state then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HDEL', KEYS[1], 'leaseEnd')
redis.call('HSET', KEYS[1], 'fence', string.match(fence, '^%d+') .. '-0')
return 1
`),
} as const;

function script(body: string): Script {
  const source = READ + body;
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
