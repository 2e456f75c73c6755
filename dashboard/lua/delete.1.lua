-- Delete a user's stats. What they are derived from stays; bases and the mood score are lost.
-- KEYS stats
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate'}
return { redis.call('DEL', KEYS[1]) == 1 and 'applied' or 'duplicate' }
