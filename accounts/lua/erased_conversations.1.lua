-- Read the first ids of the conversations that are older than an erasure of the user.
-- KEYS erased, conversations (index)
-- ARGV at (ms), how many
-- Returns {id, ...}
local erased_key, conversations_key = KEYS[1], KEYS[2]
local at, most = tonumber(ARGV[1]), ARGV[2]
local until_ms = math.max(at, tonumber(redis.call('GET', erased_key) or 0))
return redis.call('ZRANGEBYSCORE', conversations_key, '-inf', string.format('%d', until_ms), 'LIMIT', 0, most)
