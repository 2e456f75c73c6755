-- include chat.conversations
-- Create a conversation. Any later change overrides its first values, so a repeated create undoes no change.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, then field (title, tags), value, field, value, ...
-- Returns {'applied'|'duplicate', bytes stored}, or {'gone'} if the user was erased or the conversation deleted
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if conversations.are_gone(at, id) then return { 'gone' } end
local now = conversations.settle(at, id, conversations.wanted(4), 1)
return { now.is_changed and 'applied' or 'duplicate', now.bytes }
