-- Read a user's mood entries of a time.
-- KEYS mood_history, profile
-- ARGV from (ms), until (ms, '+inf' for no end), how many of the newest at most
-- Returns {HGETALL of the profile, {member, ms, member, ms, ...} newest first}
return { redis.call('HGETALL', KEYS[2]),
  redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[1], 'WITHSCORES', 'LIMIT', 0, ARGV[3]) }
