-- Read a user's newest moods, conversations and affirmations.
-- KEYS mood_history, conversations, summaries, affirmations, profile
-- ARGV the maximum number of each
-- Returns {HGETALL of the profile, {mood, ms, ...}, {summary, ...}, {affirmation's view, ms, ...}}, each newest first
local mood_history_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3]
local affirmations_key, profile_key = KEYS[4], KEYS[5]
local most = ARGV[1]
local summaries = {}
for _, id in ipairs(redis.call('ZREVRANGE', conversations_key, 0, most - 1)) do
  table.insert(summaries, redis.call('HGET', summaries_key, id))
end
return { redis.call('HGETALL', profile_key), redis.call('ZREVRANGE', mood_history_key, 0, most - 1, 'WITHSCORES'), summaries,
  redis.call('ZREVRANGE', affirmations_key, 0, most - 1, 'WITHSCORES') }
