-- include accounts.user
-- include redis_models.clock
-- Drop the fields of a reply that failed without any text. A field with its name stays, so that a late or repeated write
-- changes nothing.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased or the conversation deleted
local erased_key, deleted_key, replies_key = KEYS[1], KEYS[6], KEYS[10]
local at, id, reply = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(erased_key, at) or redis.call('ZSCORE', deleted_key, id) then return { 'gone' } end
for _, field in ipairs(redis.call('HKEYS', replies_key)) do
  if field:sub(1, #reply + 1) == reply .. ':' then redis.call('HDEL', replies_key, field) end
end
return { redis.call('HSET', replies_key, reply, '') == 1 and 'applied' or 'duplicate' }
