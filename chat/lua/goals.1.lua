-- Read when a user last noted a mood, saw an affirmation and talked, and the goals that were ticked by hand.
-- KEYS mood_history, affirmations, chat_days, preferences, profile
-- ARGV today's and yesterday's UTC date
-- Returns {HGETALL of the profile, newest mood's ms ('' for none), newest affirmation's ms, {"first last" of a day, ...},
--   HGETALL of the preferences}
local function newest(key) return redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2] or '' end
local talked = {}
for _, date in ipairs(ARGV) do
  local mark = redis.call('HGET', KEYS[3], date)
  if mark then table.insert(talked, mark) end
end
return { redis.call('HGETALL', KEYS[5]), newest(KEYS[1]), newest(KEYS[2]), talked, redis.call('HGETALL', KEYS[4]) }
