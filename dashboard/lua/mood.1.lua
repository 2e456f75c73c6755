-- include accounts.user
-- include redis_models.order
-- include dashboard.stats
-- Keep a mood entry and make the latest one the mood score.
-- KEYS erased, stats, conversations, summaries, active_days, mood_history
-- ARGV at, acknowledged, entry id, score (a number's text), note ('' for none)
-- Returns {'applied'|'duplicate', conversations, mood_score, days_active, recent_conversations} or {'gone'}
local at, id, score, note = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local iso = clock.iso(at)
local entry = '{"id":' .. json.quoted(id) .. ',"score":' .. score .. ',"timestamp":"' .. iso .. '"'
  .. (note ~= '' and ',"note":' .. json.quoted(note) or '') .. '}'
local is_new = redis.call('ZADD', KEYS[6], at, entry) == 1
redis.call('SADD', KEYS[5], iso:sub(1, 10))
stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
local had = redis.call('HMGET', KEYS[2], 'mood_score', 'mood_at')
if order.replaces(at, score, had[2], had[1]) then
  redis.call('HSET', KEYS[2], 'mood_score', score, 'mood_at', string.format('%d', at))
end
local now = stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { is_new and 'applied' or 'duplicate', now.conversations, now.mood_score, now.days_active, now.recent_conversations }
