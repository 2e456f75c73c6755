-- include redis_models.clock
-- Begin to answer a request that came with an Idempotency-Key.
-- KEYS erased, requests (hash), request_times (zset, digest by ms)
-- ARGV at, acknowledged, the key's digest, the attempt's token, the body's digest
-- Returns {'applied'} for the attempt whose turn it is, also when it asks twice; {'duplicate', answer (JSON)};
--   {'conflict', 'body'} where the key came with another body; {'conflict', 'in_flight'} while another attempt answers.
-- Answers are kept for a day; an attempt that never ended may be repeated after a minute. Of an erased user nothing is kept.
local DAY_MS, TURN_MS = 86400000, 60000
local at, digest, token, body = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if tonumber(redis.call('GET', KEYS[1]) or 0) >= at then return { 'applied' } end
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', at - DAY_MS, 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[3], old)
  redis.call('HDEL', KEYS[2], old .. ':body', old .. ':token', old .. ':answer')
end
local had = redis.call('HMGET', KEYS[2], digest .. ':body', digest .. ':token', digest .. ':answer')
if had[1] and had[1] ~= body then return { 'conflict', 'body' } end
if had[3] then return { 'duplicate', had[3] } end
local begun = tonumber(redis.call('ZSCORE', KEYS[3], digest) or 0)
if had[2] and had[2] ~= token and begun + TURN_MS > at then return { 'conflict', 'in_flight' } end
redis.call('HSET', KEYS[2], digest .. ':body', body, digest .. ':token', token)
redis.call('ZADD', KEYS[3], at, digest)
redis.call('PEXPIRE', KEYS[2], DAY_MS)
redis.call('PEXPIRE', KEYS[3], DAY_MS)
return { 'applied' }
