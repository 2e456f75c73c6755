-- Read when a user last recorded a mood, saw an affirmation and chatted, and the goals that were ticked by hand.
-- KEYS mood_history, affirmations, chat_days, preferences, profile
-- ARGV the UTC dates of today and yesterday
-- Returns {HGETALL of the profile, ms of the newest mood ('' for none), ms of the newest affirmation ('' for none),
--   {"first last" (ms) of each date with a chat, ...}, HGETALL of the preferences}
local mood_history_key, affirmations_key, chat_days_key, preferences_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local profile_key = KEYS[5]
local function newest(key) return redis.call('ZREVRANGE', key, 0, 0, 'WITHSCORES')[2] or '' end
local talked = {}
for _, date in ipairs(ARGV) do
  local mark = redis.call('HGET', chat_days_key, date)
  if mark then table.insert(talked, mark) end
end
return { redis.call('HGETALL', profile_key), newest(mood_history_key), newest(affirmations_key), talked,
  redis.call('HGETALL', preferences_key) }
