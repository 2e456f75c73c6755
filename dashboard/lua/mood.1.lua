-- include accounts.user
-- include dashboard.stats
-- include dashboard.days
-- include dashboard.moods
-- Keep a mood entry, as it was made or as it was corrected, and make the latest one the mood score.
-- KEYS erased, stats, conversations, summaries, active_days, mood_history, moods
-- ARGV at, acknowledged, entry id, rank (0 as made, 1 corrected), moment (ms: when the user felt so), score (a number's
--   text), note ('' for none), tags (JSON list, '' for none), the history's member that had no id and is meant ('' for none)
-- Returns {'applied'|'duplicate'|'gone', conversations, mood_score, days_active, recent_conversations}, or {'gone'} alone
--   for an erased user
local at, id, rank, moment = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4]), clock.clamp(ARGV[5])
local score, note, tags, nameless = ARGV[6], ARGV[7], ARGV[8], ARGV[9]
if user.is_erased(KEYS[1], at) then return { 'gone' } end

local member = '{"id":' .. json.quoted(id) .. ',"score":' .. score .. ',"timestamp":"' .. clock.iso(moment) .. '"'
  .. (note ~= '' and ',"note":' .. json.quoted(note) or '') .. (tags ~= '' and ',"tags":' .. tags or '') .. '}'
if nameless ~= '' then redis.call('ZREM', KEYS[6], nameless) end
local outcome = moods.keep(KEYS[6], KEYS[7], id, rank, at, moment, member)
days.mark(redis.call, KEYS[5], at)
moods.show_latest(KEYS[2], KEYS[6])
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { outcome, now.conversations, now.mood_score, now.days_active, now.recent_conversations }
