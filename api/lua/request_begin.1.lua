-- include redis_models.clock
-- Begin an attempt to answer a request that has an Idempotency-Key.
-- KEYS erased, requests (hash), request_times (zset, digest by ms)
-- ARGV at, acknowledged, the key's digest, the attempt's token, the body's digest
-- Returns {'applied'} if it is this attempt's turn, even if it asks twice; {'duplicate', answer (JSON)} if one is kept;
--   {'conflict', 'body'} if the key was used with another body; {'conflict', 'in_flight'} during another attempt
-- Answers are kept for a day. An attempt that never ended may be repeated after a minute. Nothing is kept for an erased
-- user.
local erased_key, requests_key, request_times_key = KEYS[1], KEYS[2], KEYS[3]
local DAY_MS, TURN_MS = 86400000, 60000
local at, digest, token, body = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if tonumber(redis.call('GET', erased_key) or 0) >= at then return { 'applied' } end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', request_times_key, '-inf', at - DAY_MS, 'LIMIT', 0, 100)) do
  redis.call('ZREM', request_times_key, old)
  redis.call('HDEL', requests_key, old .. ':body', old .. ':token', old .. ':answer')
end
local had = redis.call('HMGET', requests_key, digest .. ':body', digest .. ':token', digest .. ':answer')
if had[1] and had[1] ~= body then return { 'conflict', 'body' } end
if had[3] then return { 'duplicate', had[3] } end
local begun = tonumber(redis.call('ZSCORE', request_times_key, digest) or 0)
if had[2] and had[2] ~= token and begun + TURN_MS > at then return { 'conflict', 'in_flight' } end
redis.call('HSET', requests_key, digest .. ':body', body, digest .. ':token', token)
redis.call('ZADD', request_times_key, at, digest)
redis.call('PEXPIRE', requests_key, DAY_MS)
redis.call('PEXPIRE', request_times_key, DAY_MS)
return { 'applied' }
