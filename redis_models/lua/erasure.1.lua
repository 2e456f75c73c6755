-- Tell all hosts that a user was erased; what is older than 30 days is forgotten, with the hosts that were not seen since.
-- KEYS erasures (zset), hosts (zset)
-- ARGV at, acknowledged, `digest:erased at (ms)`
-- Returns {'applied', the announcement's time (us)}
local LIFE_US = 2592000000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZADD', KEYS[1], now, ARGV[3])
for _, key in ipairs(KEYS) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now - LIFE_US) end
return { 'applied', string.format('%d', now) }
