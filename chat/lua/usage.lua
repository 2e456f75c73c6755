-- Fragment: the messages a user sent, each once, by the number of its day. A message whose count was undone has the
-- negative number, so that a late or repeated count changes nothing. Days more than a week before the newest are dropped,
-- even if they arrive late.
local usage = {}
local DAYS_KEPT = 7

local function newest_day(key)
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  return math.max(tonumber(last or 0), -tonumber(first or 0))
end

-- Store a message on its day (`day` is negative to undo its count); return whether it was stored.
function usage.put(key, id, day)
  local newest = math.max(newest_day(key), math.abs(day))
  local is_kept = math.abs(day) >= newest - DAYS_KEPT
  redis.call('ZREMRANGEBYSCORE', key, '(' .. -(newest - DAYS_KEPT), '(' .. newest - DAYS_KEPT)
  if is_kept then redis.call('ZADD', key, day, id) end
  return is_kept
end

-- Return the number of messages on a day.
function usage.of(key, day)
  return redis.call('ZCOUNT', key, day, day)
end
