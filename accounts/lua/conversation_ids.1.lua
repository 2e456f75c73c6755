-- Read the first ids of a user's index of conversations.
-- KEYS conversations (index)
-- ARGV how many
-- Returns {id, ...}
return redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
