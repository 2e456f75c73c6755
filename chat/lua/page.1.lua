-- Read a page of a user's conversations, newest first by createdAt.
-- KEYS conversations, summaries
-- ARGV page size, direction ('next': older than the place, 'previous': newer; '': the newest), the place's ms, its id
-- Returns {number of newer ones, number of older ones, ms, summary, ms, summary, ...}
local conversations_key, summaries_key = KEYS[1], KEYS[2]
local most, way, ms, id = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

-- Return how many conversations come before the place, and how many come before or at it; the place may have been deleted.
-- Among equally old ones, the greater id comes first.
local function before_place()
  local rank = redis.call('ZREVRANK', conversations_key, id)
  if rank and tonumber(redis.call('ZSCORE', conversations_key, id)) == tonumber(ms) then return rank, rank + 1 end
  local newer = redis.call('ZCOUNT', conversations_key, '(' .. ms, '+inf')
  for _, other in ipairs(redis.call('ZREVRANGEBYSCORE', conversations_key, ms, ms)) do
    if other < id then break end
    newer = newer + 1
  end
  return newer, newer
end

local first, last = 0, most - 1
if way ~= '' then
  local before, after = before_place()
  first = way == 'next' and after or math.max(0, before - most)
  last = way == 'next' and after + most - 1 or before - 1
end
local found = last >= first and redis.call('ZREVRANGE', conversations_key, first, last, 'WITHSCORES') or {}
local older = redis.call('ZCARD', conversations_key) - first - #found / 2
local answer = { string.format('%d', first), string.format('%d', math.max(0, older)) }
for i = 1, #found, 2 do
  table.insert(answer, found[i + 1])
  table.insert(answer, redis.call('HGET', summaries_key, found[i]))
end
return answer
