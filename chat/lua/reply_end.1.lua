-- include chat.conversations
-- Turn a reply into a message; remove the fields that were stored while it was written.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, reply id, the message's JSON
-- Returns {'applied'|'duplicate', message count, bytes stored}, or {'gone'} if the user was erased or the conversation deleted
local at, id, prefix = clock.clamp(ARGV[1]), ARGV[3], ARGV[4] .. ':'
if conversations.are_gone(at, id) then return { 'gone' } end
local appended = conversations.append(at, 4)
for _, field in ipairs(redis.call('HKEYS', replies_key)) do
  if field:sub(1, #prefix) == prefix then redis.call('HDEL', replies_key, field) end
end
local now = conversations.settle(at, id, {})
return { appended > 0 and 'applied' or 'duplicate', now.count, now.bytes }
