-- include accounts.user
-- include dashboard.stats
-- Set the count of conversations to the number of stored ones. The count of an older server is dropped, because the
-- conversations it counted are stored now.
-- KEYS erased, stats, conversations, summaries, active_days
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations}, or {'gone'} if the
--   user was erased since
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key = KEYS[5]
local at = clock.clamp(ARGV[1])
if user.is_erased(erased_key, at) then return { 'gone' } end
stats.touch(stats_key, at)
stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
local is_done = redis.call('HGET', stats_key, 'conversations_base') == '0' and redis.call('HGET', stats_key, 'recent_base') == '[]'
redis.call('HSET', stats_key, 'conversations_base', '0', 'recent_base', '[]')
local now = stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { is_done and 'duplicate' or 'applied', now.conversations, now.mood_score, now.days_active, now.recent_conversations }
