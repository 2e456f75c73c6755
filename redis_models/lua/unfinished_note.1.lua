-- include redis_models.revocations
-- Note an erasure as unfinished, open its receipt, and tell all hosts that the user's sessions have ended.
-- KEYS unfinished (hash), receipt (hash), told (zset of revocations), until (hash of revocations)
-- ARGV at, acknowledged, the token's digest, the erasure (JSON), the open receipt (JSON), the user's name among revocations
-- Returns {'applied'|'duplicate'}, or {'gone'} if the erasure is finished. It is left to the host that noted it for 60 s. Receipts
--   are kept for 30 days.
local unfinished_key, receipt_key, told_key, until_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local LIFE_MS, TURN_MS = 2592000000, 60000
local at, digest, erasure, open, name = tonumber(ARGV[1]), ARGV[3], ARGV[4], ARGV[5], ARGV[6]
revocations.tell(told_key, until_key, name, at)
if redis.call('HEXISTS', receipt_key, 'finished') == 1 then return { 'gone' } end
redis.call('HSET', receipt_key, 'open', open)
redis.call('PEXPIRE', receipt_key, LIFE_MS)
local now = redis.call('TIME')
local until_ms = now[1] * 1000 + math.floor(now[2] / 1000) + TURN_MS
local is_new = redis.call('HSETNX', unfinished_key, digest, string.format('%d ', until_ms) .. erasure) == 1
return { is_new and 'applied' or 'duplicate' }
