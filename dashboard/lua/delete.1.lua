-- Delete a user's stats. Their source data stays; the bases of older data and the mood score are lost.
-- KEYS stats
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate'}
local stats_key = KEYS[1]
return { redis.call('DEL', stats_key) == 1 and 'applied' or 'duplicate' }
