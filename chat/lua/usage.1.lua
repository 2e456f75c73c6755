-- include accounts.stored
-- Read how many messages a user sent on each of the given days, and how many bytes the user stores.
-- KEYS usage, profile, stats, summaries, mood_history, affirmations
-- ARGV days (their numbers)
-- Returns {HGETALL of the profile, size of conversations and moods, size of affirmations, number of messages on the day, ...}
local usage_key, profile_key, stats_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local mood_history_key, affirmations_key = KEYS[5], KEYS[6]
local derived, beside = stored.bytes(stats_key, summaries_key, mood_history_key, affirmations_key)
local answer = { redis.call('HGETALL', profile_key), derived, beside }
for _, day in ipairs(ARGV) do
  table.insert(answer, string.format('%d', redis.call('ZCOUNT', usage_key, day, day)))
end
return answer
