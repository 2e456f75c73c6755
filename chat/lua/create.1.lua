-- include chat.conversations
-- Make a conversation. What it is made with stands below any later change, so that making it again takes none back.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, then field (title, tags), value, field, value, ...
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if conversations.are_gone(at, id) then return { 'gone' } end
return { conversations.settle(at, id, conversations.wanted(4), 1).is_changed and 'applied' or 'duplicate' }
