-- include accounts.user
-- include dashboard.stats
-- Let the count of conversations be the number of those that are stored: what an older server had counted is dropped, since
-- the conversations it counted are stored now.
-- KEYS erased, stats, conversations, summaries, active_days
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations} or {'gone'}
local at = clock.clamp(ARGV[1])
if user.is_erased(KEYS[1], at) then return { 'gone' } end
stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
local is_done = redis.call('HGET', KEYS[2], 'conversations_base') == '0' and redis.call('HGET', KEYS[2], 'recent_base') == '[]'
redis.call('HSET', KEYS[2], 'conversations_base', '0', 'recent_base', '[]')
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { is_done and 'duplicate' or 'applied', now.conversations, now.mood_score, now.days_active, now.recent_conversations }
