-- Read the newest of what a user did.
-- KEYS mood_history, conversations, summaries, affirmations, profile
-- ARGV how many of each
-- Returns {HGETALL of the profile, {mood, ms, ...}, {summary, ...}, {affirmation's view, ms, ...}}, each newest first
local summaries = {}
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[2], 0, ARGV[1] - 1)) do
  table.insert(summaries, redis.call('HGET', KEYS[3], id))
end
return { redis.call('HGETALL', KEYS[5]), redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1, 'WITHSCORES'), summaries,
  redis.call('ZREVRANGE', KEYS[4], 0, ARGV[1] - 1, 'WITHSCORES') }
