-- Announce to all hosts that a user was erased; remove announcements and confirmations older than 30 days.
-- KEYS erasures (zset), hosts (zset)
-- ARGV at, acknowledged, `digest:erased at (ms)`
-- Returns {'applied', the announcement's time (us)}. An announcement that is repeated keeps its first time.
local erasures_key = KEYS[1]
local announcement = ARGV[3]
local LIFE_US = 2592000000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for _, key in ipairs(KEYS) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now - LIFE_US) end
redis.call('ZADD', erasures_key, 'NX', now, announcement)
return { 'applied', string.format('%d', redis.call('ZSCORE', erasures_key, announcement)) }
