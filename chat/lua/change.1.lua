-- include chat.conversations
-- Give fields of a conversation other values, each unless a newer one stands; one that is not there (yet) is made.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id, then field (title, tags, archived), value, field, value, ...
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if conversations.are_gone(at, id) then return { 'gone' } end
return { conversations.settle(at, id, conversations.wanted(4)).is_changed and 'applied' or 'duplicate' }
