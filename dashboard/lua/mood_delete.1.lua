-- include accounts.user
-- include dashboard.stats
-- include dashboard.moods
-- Delete a mood entry and leave a tombstone, also where there was none: one that comes later finds itself deleted.
-- KEYS erased, stats, conversations, summaries, active_days, mood_history, moods
-- ARGV at, acknowledged, entry id, the history's member that had no id and is meant ('' for none)
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations} or {'gone'}
local at, id, nameless = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
if nameless ~= '' then redis.call('ZREM', KEYS[6], nameless) end
local outcome = moods.delete(KEYS[6], KEYS[7], id)
moods.show_latest(KEYS[2], KEYS[6])
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { outcome, now.conversations, now.mood_score, now.days_active, now.recent_conversations }
