-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Note the email to which a user wants to change, until a link that was sent there is opened; the latest one wins.
-- KEYS erased, profile
-- ARGV at, acknowledged, email
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased since
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, email = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
local had = redis.call('HMGET', profile_key, 'email_wanted', 'email_wanted_at')
if not order.replaces(at, email, had[2], had[1]) then return { 'duplicate' } end
redis.call('HSET', profile_key, 'email_wanted', email, 'email_wanted_at', string.format('%d', at))
return { 'applied' }
