-- Read which hosts have not confirmed an announcement.
-- KEYS hosts (zset)
-- ARGV the announcement's time (us)
-- Returns {host, the time (us) until which it has confirmed, ...}
local answer = {}
for i, text in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'WITHSCORES')) do
  answer[i] = i % 2 == 1 and text or string.format('%d', tonumber(text))
end
return answer
