-- include accounts.user
-- include dashboard.stats
-- include dashboard.days
-- Create or update a user's stats, and mark the day as active if asked to.
-- KEYS erased, stats, conversations, summaries, active_days
-- ARGV at, acknowledged, 'active' or 'idle'
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations}, or {'gone'} if the
--   user was erased since
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key = KEYS[5]
local at, is_active = clock.clamp(ARGV[1]), ARGV[3] == 'active'
if user.is_erased(erased_key, at) then return { 'gone' } end
local existed = redis.call('EXISTS', stats_key) == 1
if not is_active then stats.touch(stats_key, at) end
local marked = is_active and days.mark(redis.call, active_days_key, at)
local now = stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { (marked or not existed) and 'applied' or 'duplicate', now.conversations, now.mood_score, now.days_active,
  now.recent_conversations }
