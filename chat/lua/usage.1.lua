-- Read how many messages a user sent on each of the given days.
-- KEYS usage, profile
-- ARGV days (their numbers)
-- Returns {HGETALL of the profile, number of messages on the day, ...}
local usage_key, profile_key = KEYS[1], KEYS[2]
local answer = { redis.call('HGETALL', profile_key) }
for _, day in ipairs(ARGV) do
  table.insert(answer, string.format('%d', redis.call('ZCOUNT', usage_key, day, day)))
end
return answer
