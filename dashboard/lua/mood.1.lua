-- include accounts.user
-- include dashboard.stats
-- include dashboard.days
-- include dashboard.moods
-- Store a mood entry, original or corrected; the score of the latest entry is the mood score.
-- KEYS erased, stats, conversations, summaries, active_days, mood_history, moods
-- ARGV at, acknowledged, entry id, rank (0 original, 1 corrected), moment (ms: when the user had the mood), score (number
--   as text), note ('' for none), tags (JSON list, '' for none), the history's member without an id to replace ('' for none)
-- Returns {'applied'|'duplicate'|'gone', conversations, mood_score, days_active, recent_conversations,
--   bytes stored}, 'gone' if the entry was deleted; or {'gone'} alone if the user was erased since
local erased_key, stats_key, conversations_key, summaries_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local active_days_key, mood_history_key, moods_key = KEYS[5], KEYS[6], KEYS[7]
local at, id, rank, moment = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4]), clock.clamp(ARGV[5])
local score, note, tags, nameless = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if user.is_erased(erased_key, at) then return { 'gone' } end

local member = '{"id":' .. json.quoted(id) .. ',"score":' .. score .. ',"timestamp":"' .. clock.iso(moment) .. '"'
  .. (note ~= '' and ',"note":' .. json.quoted(note) or '') .. (tags ~= '' and ',"tags":' .. tags or '') .. '}'
moods.open(stats_key, mood_history_key)
if nameless ~= '' then moods.drop(mood_history_key, nameless) end
local outcome = moods.keep(mood_history_key, moods_key, id, rank, at, moment, member)
days.mark(redis.call, active_days_key, at)
moods.show_latest(stats_key, mood_history_key)
local now = stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { outcome, now.conversations, now.mood_score, now.days_active, now.recent_conversations,
  sizes.total(stats_key) }
