-- include accounts.user
-- include redis_models.clock
-- Drop what was noted of a reply that failed without a word. A field of its name stays, so that a note that comes late, or
-- again, changes nothing.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, id, reply = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(KEYS[1], at) or redis.call('ZSCORE', KEYS[6], id) then return { 'gone' } end
for _, field in ipairs(redis.call('HKEYS', KEYS[10])) do
  if field:sub(1, #reply + 1) == reply .. ':' then redis.call('HDEL', KEYS[10], field) end
end
return { redis.call('HSET', KEYS[10], reply, '') == 1 and 'applied' or 'duplicate' }
