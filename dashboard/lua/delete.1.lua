-- include accounts.user
-- include dashboard.stats
-- include dashboard.summaries
-- include dashboard.moods
-- Delete a user's stats, as they were at that time: the bases of older data, and the mood score if it is in no mood entry.
-- Their source data stays, and the stats are derived from it again. `deleted_at` (ms) stays in them, so that a repetition
-- removes nothing newer.
-- KEYS stats, erased, conversations, summaries, active_days, mood_history
-- ARGV at, acknowledged
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased since
local stats_key, erased_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key, mood_history_key = KEYS[5], KEYS[6]
local at = clock.clamp(ARGV[1])
if user.is_erased(erased_key, at) then return { 'gone' } end
if at <= tonumber(redis.call('HGET', stats_key, 'deleted_at') or 0) then return { 'duplicate' } end
local touched_at = redis.call('HGET', stats_key, 'touched_at')
redis.call('DEL', stats_key)
if touched_at then redis.call('HSET', stats_key, 'touched_at', touched_at) end
redis.call('HSET', stats_key, 'deleted_at', string.format('%d', at))
moods.show_latest(stats_key, mood_history_key)
summaries.keep_bytes(stats_key, summaries_key)
stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { 'applied' }
