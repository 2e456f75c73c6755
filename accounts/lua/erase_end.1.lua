-- Finish erasing a user whose conversations are gone: remove everything else but the tombstone.
-- KEYS conversations (index), the email's claim, then the user's other keys
-- ARGV at, acknowledged, user id
-- Returns {'applied'}, or {'conflict'} where conversations are left; the claim goes only where it is the user's.
if redis.call('ZCARD', KEYS[1]) > 0 then return { 'conflict' } end
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
return { 'applied' }
