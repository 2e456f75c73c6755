-- Read the first ids of a user's index of conversations.
-- KEYS conversations (index)
-- ARGV how many
-- Returns {id, ...}
local conversations_key = KEYS[1]
local most = ARGV[1]
return redis.call('ZRANGE', conversations_key, 0, most - 1)
