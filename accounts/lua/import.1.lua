-- include redis_models.clock
-- include accounts.user
-- Bring elements of an export back to one key: what is missing is added, what is there stays.
-- KEYS erased, the key, for messages the hash of their ids
-- ARGV at, acknowledged, kind, then for a hash and the stats field, value, ...; a zset member, score, ...; a set member, ...;
--   a string its text; for messages id, JSON, ...
-- The bases of the stats, what live data had before counts were derived, are the larger of both.
-- Returns {'applied', how many were added} or {'gone'}
local at, kind = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local function base(i)
  local field, value = ARGV[i], ARGV[i + 1]
  local had = redis.call('HGET', KEYS[2], field)
  local is_new = not had or (field == 'recent_base' and had == '[]' and value ~= had)
    or (tonumber(had) and tonumber(value) and tonumber(value) > tonumber(had))
  if is_new then redis.call('HSET', KEYS[2], field, value) end
  return is_new and 1 or 0
end
local add = {
  stats = function(i)
    if ARGV[i]:sub(-5) == '_base' then return base(i) end
    return redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1])
  end,
  hash = function(i) return redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end,
  zset = function(i) return redis.call('ZADD', KEYS[2], 'NX', ARGV[i + 1], ARGV[i]) end,
  set = function(i) return redis.call('SADD', KEYS[2], ARGV[i]) end,
  string = function(i) return redis.call('SETNX', KEYS[2], ARGV[i]) end,
  messages = function(i)
    if redis.call('HSETNX', KEYS[3], ARGV[i], '1') == 0 then return 0 end
    local pushed = redis.pcall('RPUSH', KEYS[2], ARGV[i + 1])
    if type(pushed) ~= 'table' then return 1 end
    redis.call('HDEL', KEYS[3], ARGV[i]) -- not permitted to this client: the id must not stay without its message
    error(pushed)
  end,
}
local step = (kind == 'set' or kind == 'string') and 1 or 2
local added = 0
for i = 4, #ARGV, step do added = added + add[kind](i) end
return { 'applied', string.format('%d', added) }
