-- include chat.conversations
-- Set fields of a conversation, except those with a newer value; create the conversation if it is missing.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, then field (title, tags, archived), value, field, value, ...
-- Returns {'applied'|'duplicate', bytes stored}, or {'gone'} if the user was erased or the conversation deleted
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if conversations.are_gone(at, id) then return { 'gone' } end
local now = conversations.settle(at, id, conversations.wanted(4))
return { now.is_changed and 'applied' or 'duplicate', now.bytes }
