-- Delete a user's stats. What they are derived from stays; their bases and the mood score are lost.
-- KEYS stats
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate'}
local stats_key = KEYS[1]
return { redis.call('DEL', stats_key) == 1 and 'applied' or 'duplicate' }
