-- Read a user's mood entries of a period.
-- KEYS mood_history, profile
-- ARGV from (ms), until (ms, '+inf' for no end), maximum number (the newest)
-- Returns {HGETALL of the profile, {member, ms, member, ms, ...} newest first}
local mood_history_key, profile_key = KEYS[1], KEYS[2]
local from_ms, until_ms, most = ARGV[1], ARGV[2], ARGV[3]
return { redis.call('HGETALL', profile_key),
  redis.call('ZREVRANGEBYSCORE', mood_history_key, until_ms, from_ms, 'WITHSCORES', 'LIMIT', 0, most) }
