-- include accounts.user
-- include dashboard.stats
-- include dashboard.moods
-- Delete a mood entry and set a tombstone, even if it is missing: an entry that comes later is refused as gone.
-- KEYS erased, stats, conversations, summaries, active_days, mood_history, moods
-- ARGV at, acknowledged, entry id, the history's member without an id to delete ('' for none)
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations, bytes
--   stored}, or {'gone'} if the user was erased since
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key, mood_history_key, moods_key = KEYS[5], KEYS[6], KEYS[7]
local at, id, nameless = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(erased_key, at) then return { 'gone' } end
moods.open(stats_key, mood_history_key)
if nameless ~= '' then moods.drop(mood_history_key, nameless) end
local outcome = moods.delete(mood_history_key, moods_key, id, at)
moods.show_latest(stats_key, mood_history_key)
local now = stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { outcome, now.conversations, now.mood_score, now.days_active, now.recent_conversations,
  sizes.total(stats_key) }
