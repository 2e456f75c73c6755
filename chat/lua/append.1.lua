-- include chat.conversations
-- Append messages to a conversation; create it if it is missing.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, then for each message its id and its JSON
-- Returns {'applied'|'duplicate', message count, bytes stored}, or {'gone'} if the user was erased or the conversation deleted
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if conversations.are_gone(at, id) then return { 'gone' } end
local appended = conversations.append(at, 4)
local now = conversations.settle(at, id, {})
return { appended > 0 and 'applied' or 'duplicate', now.count, now.bytes }
