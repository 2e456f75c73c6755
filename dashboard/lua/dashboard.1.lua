-- include dashboard.stats
-- include dashboard.days
-- Read the dashboard; create missing stats and mark today as active. This also works on a server that refuses writes.
-- KEYS stats, conversations, summaries, active_days, profile
-- ARGV now (ms)
-- Returns {conversations, mood_score, days_active by UTC, recent_conversations, days_active from before days were stored,
--   HGETALL of the profile, HGETALL of active_days (empty if the profile has no time zone)}
local stats_key, conversations_key, summaries_key, active_days_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local profile_key = KEYS[5]
local now_ms = clock.clamp(ARGV[1])
days.mark(redis.pcall, active_days_key, now_ms)
local now = stats.refresh(redis.pcall, stats_key, conversations_key, summaries_key, active_days_key)
local base = string.format('%d', tonumber(now.days_active) - redis.call('HLEN', active_days_key))
local has_zone = redis.call('HEXISTS', profile_key, 'timeZone') == 1
return { now.conversations, now.mood_score, now.days_active, now.recent_conversations, base,
  redis.call('HGETALL', profile_key), has_zone and redis.call('HGETALL', active_days_key) or {} }
