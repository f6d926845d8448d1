/**
 * The commands of Redis that the inbox's scripts use, in Lua: hashes, their time to live, and the time. A reply to a script is
 * written as one text: `n` for nil and false, `i` and a number, `s` and a string, `e` and an error, `l` and a list.
 *
 * The time is given with a point: the numbers of Redis's Lua are all doubles, and here a text without one would become an
 * integer of 32 bits.
 */
export const COMMANDS = `
local hashes, ends, scripts, now = {}, {}, {}, 0

local function hash(key)
  if ends[key] and ends[key] <= now then hashes[key], ends[key] = nil, nil end
  return hashes[key]
end

local commands = {}

function commands.HMGET(key, ...)
  local fields, found = { ... }, {}
  local kept = hash(key) or {}
  for index, field in ipairs(fields) do found[index] = kept[field] or false end
  return found
end

function commands.HLEN(key)
  local count = 0
  for _ in pairs(hash(key) or {}) do count = count + 1 end
  return count
end

function commands.HSET(key, ...)
  local given, added = { ... }, 0
  local kept = hash(key) or {}
  hashes[key] = kept
  for index = 1, #given, 2 do
    if kept[given[index]] == nil then added = added + 1 end
    kept[given[index]] = tostring(given[index + 1])
  end
  return added
end

function commands.HDEL(key, ...)
  local kept, removed = hash(key), 0
  if not kept then return 0 end
  for _, field in ipairs({ ... }) do
    if kept[field] ~= nil then removed = removed + 1 end
    kept[field] = nil
  end
  if next(kept) == nil then hashes[key], ends[key] = nil, nil end
  return removed
end

function commands.DEL(key)
  local kept = hash(key)
  hashes[key], ends[key] = nil, nil
  return kept and 1 or 0
end

function commands.PEXPIRE(key, ms)
  if not hash(key) then return 0 end
  ends[key] = now + tonumber(ms)
  return 1
end

function commands.TIME()
  return { string.format('%.1f', now // 1000), string.format('%.1f', now % 1000 * 1000) }
end

redis = {
  call = function(name, ...) return commands[name](...) end,
  error_reply = function(message) return { err = message } end,
}

local function write(reply)
  if reply == nil or reply == false then return 'n' end
  if type(reply) == 'number' then return string.format('i%.0f', math.floor(reply)) end
  if type(reply) ~= 'table' then return 's' .. tostring(reply) end
  if reply.err then return 'e' .. reply.err end
  local items = {}
  for index, item in ipairs(reply) do items[index] = write(item) end
  return 'l' .. table.concat(items, '\\1')
end

function compile(_, sha, _, sources) scripts[sha] = assert(load(sources[1])) return 'n' end

function evaluate(time, sha, keys, arguments)
  now, KEYS, ARGV = time, keys, arguments
  return write(scripts[sha]())
end

function command(time, name, keys, arguments)
  now = time
  return write(commands[name](keys[1], table.unpack(arguments)))
end

function flush() hashes, ends = {}, {} return 'n' end
`;
