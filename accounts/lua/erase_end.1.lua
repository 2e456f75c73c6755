-- Finish erasing a user: remove everything except the tombstone. Conversations and email must have been removed before.
-- KEYS conversations (index), then the user's other keys
-- ARGV at, acknowledged
-- Returns {'applied'}, or {'conflict'} if conversations are left
local conversations_key = KEYS[1]
if redis.call('ZCARD', conversations_key) > 0 then return { 'conflict' } end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return { 'applied' }
