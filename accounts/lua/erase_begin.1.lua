-- Begin to erase a user: leave the tombstone that makes every write from before it void.
-- KEYS erased, profile
-- ARGV at, acknowledged
-- Returns {'applied', email ('' where there is none)}; the tombstone lasts 30 days and only moves forward.
local at = tonumber(ARGV[1])
local erased_at = tonumber(redis.call('GET', KEYS[1]) or 0)
redis.call('SET', KEYS[1], string.format('%d', math.max(at, erased_at)), 'PX', 2592000000)
return { 'applied', redis.call('HGET', KEYS[2], 'email') or '' }
