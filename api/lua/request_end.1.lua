-- End an attempt to answer a request: keep its answer, or forget the attempt.
-- KEYS erased, requests (hash), request_times (zset, digest by ms)
-- ARGV at, acknowledged, the key's digest, the attempt's token, answer (JSON; '' for none)
-- Returns {'applied'}, or {'duplicate'} if the attempt's turn is over
local requests_key, request_times_key = KEYS[2], KEYS[3]
local digest, token, answer = ARGV[3], ARGV[4], ARGV[5]
if redis.call('HGET', requests_key, digest .. ':token') ~= token then return { 'duplicate' } end
if answer ~= '' then
  redis.call('HSET', requests_key, digest .. ':answer', answer)
else
  redis.call('HDEL', requests_key, digest .. ':body', digest .. ':token')
  redis.call('ZREM', request_times_key, digest)
end
return { 'applied' }
