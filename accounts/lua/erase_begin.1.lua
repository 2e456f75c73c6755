-- include accounts.erasure
-- Begin to erase a user: set the tombstone, which voids every earlier write.
-- KEYS erased, profile
-- ARGV at, acknowledged, then the outcome of the step before, if there is one
-- Returns {'applied'|'duplicate', email ('' for none)}. The tombstone lasts 30 days; its time never moves back.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at = tonumber(ARGV[1])
local had = tonumber(redis.call('GET', erased_key) or 0)
erasure.begin(erased_key, at)
return { had < at and 'applied' or 'duplicate', redis.call('HGET', profile_key, 'email') or '' }
