import { UNKNOWN_VALUE } from '../errors/redis-inbox.error.js';
import { createHash } from 'node:crypto';

/** A Lua script, which Redis runs atomically. */
export interface Script {
  source: string;
  /** The script's SHA-1, for EVALSHA. */
  sha: string;
}

/**
 * Each order or transfer is a hash, the only key that a script touches: `fence` of the last claim, an increasing number
 * and the claimer's id; `leaseEnd`, in ms since 1970, while it is claimed; `lastApplied`, once a state was applied;
 * `gatewayState`, once one was recorded. Fences start with the time, so that they also increase after the hash was
 * deleted, expired or lost.
 */
const READ = `
local values = redis.call('HMGET', KEYS[1], 'fence', 'leaseEnd', 'lastApplied', 'gatewayState')
local fence, leaseEnd, lastApplied, gatewayState = values[1], values[2], values[3], values[4]
local count = 0
for index = 1, 4 do
  local value = values[index]
  if value then
    count = count + 1
    if not string.match(value, index == 1 and '^%d+%-%x+$' or '^%d+$') then count = -8 end
  end
end
if redis.call('HLEN', KEYS[1]) ~= count or (count > 0 and not fence) then
  return redis.error_reply('${UNKNOWN_VALUE} the hash has other fields or values than fence, leaseEnd, lastApplied and gatewayState')
end
`;

const TIME = `
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local function lease(ms, ttl)
  redis.call('HSET', KEYS[1], 'fence', fence, 'leaseEnd', string.format('%.0f', now + ms))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(ms, ttl)))
end
`;

/** The client resends a command after a lost connection, possibly after it was run, so each script must be repeatable. */
export const SCRIPTS = {
  /** No arguments. Returns the states, nil for missing ones. */
  recall: script(
    READ,
    `
return { lastApplied, gatewayState }
`,
  ),

  /** Arguments: the claimer's id, lease and TTL in ms. Returns the fence and the states, or nil if it is claimed. */
  claim: script(
    READ,
    TIME,
    `
local isOwn = leaseEnd and string.match(fence, '%x+$') == ARGV[1]
if leaseEnd and tonumber(leaseEnd) > now and not isOwn then return false end
if not isOwn then
  local least = fence and tonumber(string.match(fence, '^%d+')) + 1 or 0
  fence = string.format('%.0f-%s', math.max(least, micros), ARGV[1])
end
lease(tonumber(ARGV[2]), tonumber(ARGV[3]))
return { fence, lastApplied, gatewayState }
`,
  ),

  /** Arguments: fence, lease and TTL in ms. Returns 1, or 0 if the claim was lost. */
  renew: script(
    READ,
    TIME,
    `
if fence ~= ARGV[1] or not leaseEnd then return 0 end
lease(tonumber(ARGV[2]), tonumber(ARGV[3]))
return 1
`,
  ),

  /** Arguments: fence, lastApplied, gatewayState or an empty string, TTL in ms. Returns 1, or 0 if the claim was lost. */
  complete: script(
    READ,
    `
if fence ~= ARGV[1] then return 0 end
if not leaseEnd then return lastApplied == ARGV[2] and 1 or 0 end
redis.call('HSET', KEYS[1], 'lastApplied', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'gatewayState', ARGV[3]) end
redis.call('HDEL', KEYS[1], 'leaseEnd')
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`,
  ),

  /**
   * Arguments: fence, gatewayState or an empty string, TTL in ms. Replaces the claimer's id, so that the claim can no
   * longer complete.
   */
  release: script(
    READ,
    `
if fence ~= ARGV[1] or not leaseEnd then return 0 end
if not lastApplied and not gatewayState and ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  return 1
end
redis.call('HDEL', KEYS[1], 'leaseEnd')
redis.call('HSET', KEYS[1], 'fence', string.match(fence, '^%d+') .. '-0')
if ARGV[2] ~= '' then
  redis.call('HSET', KEYS[1], 'gatewayState', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
`,
  ),
} as const;

function script(...parts: string[]): Script {
  const source = parts.join('');
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
