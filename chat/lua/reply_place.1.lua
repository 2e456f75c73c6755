-- Take, renew or give back a user's place for a reply that is being written. A place that is not renewed ends by itself:
-- the zset of places has the ids of replies by the time (ms) at which each place ends.
-- KEYS places
-- ARGV now (ms), until (ms; 0 to give the place back), maximum number of places, reply id
-- Returns 1 if the reply has a place, else 0
local places_key = KEYS[1]
local now, until_ms, most, id = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
redis.call('ZREMRANGEBYSCORE', places_key, '-inf', string.format('%d', now))
if until_ms == 0 then
  redis.call('ZREM', places_key, id)
  return 0
end
if not redis.call('ZSCORE', places_key, id) and redis.call('ZCARD', places_key) >= most then
  return 0
end
redis.call('ZADD', places_key, string.format('%d', until_ms), id)
redis.call('PEXPIRE', places_key, until_ms - now)
return 1
