-- Read a page of a user's conversations, newest first by createdAt.
-- KEYS conversations, summaries
-- ARGV how many, way ('next': older than the place, 'previous': newer; '' from the newest on), the place's ms and id
-- Returns {how many newer ones there are, how many older ones, ms, summary, ms, summary, ...}
local most, way, ms, id = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]

-- How many conversations come before the place, which may have been deleted; of equally old ones the greater id comes first.
local function before_place()
  local rank = redis.call('ZREVRANK', KEYS[1], id)
  if rank and tonumber(redis.call('ZSCORE', KEYS[1], id)) == tonumber(ms) then return rank, rank + 1 end
  local newer = redis.call('ZCOUNT', KEYS[1], '(' .. ms, '+inf')
  for _, other in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], ms, ms)) do
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
local found = last >= first and redis.call('ZREVRANGE', KEYS[1], first, last, 'WITHSCORES') or {}
local older = redis.call('ZCARD', KEYS[1]) - first - #found / 2
local answer = { string.format('%d', first), string.format('%d', math.max(0, older)) }
for i = 1, #found, 2 do
  table.insert(answer, found[i + 1])
  table.insert(answer, redis.call('HGET', KEYS[2], found[i]))
end
return answer
