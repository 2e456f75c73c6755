-- Finish erasing a user whose conversations are gone, and whose email was released: leave nothing but the tombstone.
-- KEYS conversations (index), then the user's other keys
-- ARGV at, acknowledged
-- Returns {'applied'}, or {'conflict'} where conversations are left
if redis.call('ZCARD', KEYS[1]) > 0 then return { 'conflict' } end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return { 'applied' }
