-- Fragment: the messages a user sent, each once, by the number of its day. One that was given back has the negative number,
-- so that a late or repeated count changes nothing. Days more than a week before the newest are dropped, whenever they arrive.
local usage = {}
local DAYS_KEPT = 7

local function newest_day(key)
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
  return math.max(tonumber(last or 0), -tonumber(first or 0))
end

-- Put a message on its day (`day` is negative if it is given back); return whether it is kept there.
function usage.put(key, id, day)
  local newest = math.max(newest_day(key), math.abs(day))
  local is_kept = math.abs(day) >= newest - DAYS_KEPT
  redis.call('ZREMRANGEBYSCORE', key, '(' .. -(newest - DAYS_KEPT), '(' .. newest - DAYS_KEPT)
  if is_kept then redis.call('ZADD', key, day, id) end
  return is_kept
end

-- Return how many messages a day has.
function usage.of(key, day)
  return redis.call('ZCOUNT', key, day, day)
end
