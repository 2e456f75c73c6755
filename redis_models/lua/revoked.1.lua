-- Read what was revoked, in the order in which it was told.
-- KEYS told (zset), until (hash)
-- ARGV the time (us) from which on, how many at most
-- Returns {now (us), name, told (us), until (ms), ...}
local told_key, until_key = KEYS[1], KEYS[2]
local since, most = ARGV[1], ARGV[2]
local time = redis.call('TIME')
local answer = { string.format('%.0f', time[1] * 1000000 + time[2]) }
local found = redis.call('ZRANGEBYSCORE', told_key, since, '+inf', 'WITHSCORES', 'LIMIT', 0, most)
for i = 1, #found, 2 do
  table.insert(answer, found[i])
  table.insert(answer, string.format('%.0f', tonumber(found[i + 1])))
  table.insert(answer, redis.call('HGET', until_key, found[i]) or '0')
end
return answer
