-- Remove a mail that was sent, or is not to be sent.
-- KEYS waiting (zset of JSON)
-- ARGV at, acknowledged, the mail
-- Returns {'applied'|'duplicate'}
local waiting_key = KEYS[1]
local mail = ARGV[3]
return { redis.call('ZREM', waiting_key, mail) == 1 and 'applied' or 'duplicate' }
