-- include redis_models.clock
-- include accounts.user
-- Give a user another email: claim it, write the profile, release the old one.
-- KEYS erased, profile, the new email's claim, the old email's claim
-- ARGV at, acknowledged, id, new email, old email
-- Returns {'applied'|'duplicate'}, {'gone'} for a user erased since, {'conflict', 'email'} where the new email is another
--   user's, {'conflict', 'changed'} where the profile has another email than the old one by now. An acknowledged change
--   from before the latest one is a duplicate. The old claim goes only where it is the user's.
local at, id, new, old = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local had = redis.call('HMGET', KEYS[2], 'email', 'email_at')
if had[1] == new or (ARGV[2] == '1' and at <= tonumber(had[2] or 0)) then return { 'duplicate' } end
if had[1] ~= old then return { 'conflict', 'changed' } end
local owner = redis.call('GET', KEYS[3])
if owner and owner ~= id then return { 'conflict', 'email' } end
if new ~= old and redis.call('GET', KEYS[4]) == id then redis.call('DEL', KEYS[4]) end
redis.call('SET', KEYS[3], id)
redis.call('HSET', KEYS[2], 'email', new, 'email_at', string.format('%d', at))
redis.call('HDEL', KEYS[2], 'email_conflict')
return { 'applied' }
