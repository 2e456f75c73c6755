-- Close an erasure: its receipt is final, and no host goes on with it.
-- KEYS unfinished (hash), receipt (hash)
-- ARGV at, acknowledged, the token's digest, the receipt (JSON)
-- Returns {'applied'|'duplicate'}
local unfinished_key, receipt_key = KEYS[1], KEYS[2]
local LIFE_MS = 2592000000
local digest, receipt = ARGV[3], ARGV[4]
redis.call('HSET', receipt_key, 'finished', receipt)
redis.call('PEXPIRE', receipt_key, LIFE_MS)
return { redis.call('HDEL', unfinished_key, digest) == 1 and 'applied' or 'duplicate' }
