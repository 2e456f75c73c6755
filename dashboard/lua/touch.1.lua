-- include accounts.user
-- include dashboard.stats
-- include dashboard.days
-- Create a user's stats where they are missing, bring them up to date, and mark a day active.
-- KEYS erased, stats, conversations, summaries, active_days
-- ARGV at, acknowledged, 'active' or 'idle'
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations} or {'gone'}
local at = clock.clamp(ARGV[1])
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local existed = redis.call('EXISTS', KEYS[2]) == 1
local marked = ARGV[3] == 'active' and days.mark(redis.call, KEYS[5], at)
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { (marked or not existed) and 'applied' or 'duplicate', now.conversations, now.mood_score, now.days_active,
  now.recent_conversations }
