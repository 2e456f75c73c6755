-- Add a mail that waits to be sent.
-- KEYS waiting (zset of JSON by the time, ms, from which on it may be sent)
-- ARGV at, acknowledged, the mail ('' for none)
-- Returns {'applied'|'duplicate'}; duplicate also if too many wait.
local waiting_key = KEYS[1]
local AT_MOST = 10000
local at, mail = tonumber(ARGV[1]), ARGV[3]
local count = redis.call('ZCARD', waiting_key)
if mail == '' or count >= AT_MOST then return { 'duplicate' } end
return { redis.call('ZADD', waiting_key, 'NX', string.format('%d', at), mail) == 1 and 'applied' or 'duplicate' }
