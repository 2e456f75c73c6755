-- Read how many messages a user sent on some days.
-- KEYS usage, profile
-- ARGV days (their numbers)
-- Returns {HGETALL of the profile, messages of each day ...}
local answer = { redis.call('HGETALL', KEYS[2]) }
for _, day in ipairs(ARGV) do
  table.insert(answer, string.format('%d', redis.call('ZCOUNT', KEYS[1], day, day)))
end
return answer
