-- include dashboard.stats
-- Read the dashboard: stats are created where they are missing and today is marked active.
-- A server that refuses writes still answers.
-- KEYS stats, conversations, summaries, active_days, profile
-- ARGV now (ms)
-- Returns {conversations, mood_score, days_active, recent_conversations, plan ('' where none is known)}
redis.pcall('SADD', KEYS[4], clock.iso(clock.clamp(ARGV[1])):sub(1, 10))
local now = stats.refresh(redis.pcall, KEYS[1], KEYS[2], KEYS[3], KEYS[4])
return { now.conversations, now.mood_score, now.days_active, now.recent_conversations,
  redis.call('HGET', KEYS[5], 'plan') or '' }
