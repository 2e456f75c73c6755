-- include redis_models.clock
-- Fragment: what was revoked: a zset of name -> when it was told (us, by this server's clock), and a hash of name -> the time
-- (ms) up to which it holds. Both last 30 days, and have at most 200000 names: the oldest are removed.
local revocations = {}
local LIFE_US, NAMES_AT_MOST, REMOVED_AT_ONCE = 2592000000000, 200000, 100

local function remove(told_key, until_key, names)
  if #names == 0 then return end
  redis.call('ZREM', told_key, unpack(names))
  redis.call('HDEL', until_key, unpack(names))
end

-- Tell all hosts that what `name` names is revoked as far as it began up to `at` (ms); of two times the later one holds.
-- Return whether that is new.
function revocations.tell(told_key, until_key, name, at)
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local old = string.format('%.0f', now - LIFE_US)
  remove(told_key, until_key, redis.call('ZRANGEBYSCORE', told_key, '-inf', old, 'LIMIT', 0, REMOVED_AT_ONCE))
  local had = redis.call('HGET', until_key, name)
  if had and tonumber(had) >= at then return false end
  redis.call('HSET', until_key, name, string.format('%.0f', at))
  redis.call('ZADD', told_key, string.format('%.0f', now), name)
  local excess = math.min(redis.call('ZCARD', told_key) - NAMES_AT_MOST, REMOVED_AT_ONCE)
  if excess > 0 then remove(told_key, until_key, redis.call('ZRANGE', told_key, 0, excess - 1)) end
  redis.call('PEXPIRE', told_key, LIFE_US / 1000)
  redis.call('PEXPIRE', until_key, LIFE_US / 1000)
  return true
end
