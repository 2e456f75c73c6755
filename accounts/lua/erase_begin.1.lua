-- Begin to erase a user: set the tombstone, which voids every earlier write.
-- KEYS erased, profile
-- ARGV at, acknowledged
-- Returns {'applied', email ('' for none)}. The tombstone lasts 30 days; its time never moves back.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at = tonumber(ARGV[1])
local erased_at = tonumber(redis.call('GET', erased_key) or 0)
redis.call('SET', erased_key, string.format('%d', math.max(at, erased_at)), 'PX', 2592000000)
return { 'applied', redis.call('HGET', profile_key, 'email') or '' }
