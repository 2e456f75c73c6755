-- Return the hosts that have not confirmed an announcement.
-- KEYS hosts (zset)
-- ARGV the announcement's time (us)
-- Returns {host, the time (us) up to which it has confirmed, ...}
local hosts_key = KEYS[1]
local announced_at = ARGV[1]
local answer = {}
for i, text in ipairs(redis.call('ZRANGEBYSCORE', hosts_key, '-inf', '(' .. announced_at, 'WITHSCORES')) do
  answer[i] = i % 2 == 1 and text or string.format('%d', tonumber(text))
end
return answer
