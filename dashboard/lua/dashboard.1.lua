-- include dashboard.stats
-- include dashboard.days
-- Read the dashboard: stats are created where they are missing and today is marked active.
-- A server that refuses writes still answers.
-- KEYS stats, conversations, summaries, active_days, profile
-- ARGV now (ms)
-- Returns {conversations, mood_score, days_active by UTC, recent_conversations, days_active from before there were days,
--   HGETALL of the profile, HGETALL of active_days (empty where the profile names no time zone)}
days.mark(redis.pcall, KEYS[4], clock.clamp(ARGV[1]))
local now = stats.refresh(redis.pcall, KEYS[1], KEYS[2], KEYS[3], KEYS[4])
local base = string.format('%d', tonumber(now.days_active) - redis.call('HLEN', KEYS[4]))
local has_zone = redis.call('HEXISTS', KEYS[5], 'timeZone') == 1
return { now.conversations, now.mood_score, now.days_active, now.recent_conversations, base,
  redis.call('HGETALL', KEYS[5]), has_zone and redis.call('HGETALL', KEYS[4]) or {} }
