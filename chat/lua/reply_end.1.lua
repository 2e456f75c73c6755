-- include chat.conversations
-- Make a message of a reply; what was noted while it was written goes.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id, the message's JSON
-- Returns {'applied'|'duplicate', message count} or {'gone'}
local at, id, reply = clock.clamp(ARGV[1]), ARGV[3], ARGV[4] .. ':'
if conversations.are_gone(at, id) then return { 'gone' } end
local appended = conversations.append(4)
for _, field in ipairs(redis.call('HKEYS', KEYS[10])) do
  if field:sub(1, #reply) == reply then redis.call('HDEL', KEYS[10], field) end
end
local now = conversations.settle(at, id, {})
return { appended > 0 and 'applied' or 'duplicate', now.count }
