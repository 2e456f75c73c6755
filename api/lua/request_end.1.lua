-- End an attempt to answer a request: keep its answer, or forget it.
-- KEYS erased, requests (hash), request_times (zset, digest by ms)
-- ARGV at, acknowledged, the key's digest, the attempt's token, answer (JSON; '' where there is none to keep)
-- Returns {'applied'}, or {'duplicate'} where the attempt's turn is over.
local digest, token, answer = ARGV[3], ARGV[4], ARGV[5]
if redis.call('HGET', KEYS[2], digest .. ':token') ~= token then return { 'duplicate' } end
if answer ~= '' then
  redis.call('HSET', KEYS[2], digest .. ':answer', answer)
else
  redis.call('HDEL', KEYS[2], digest .. ':body', digest .. ':token')
  redis.call('ZREM', KEYS[3], digest)
end
return { 'applied' }
