-- include accounts.user
-- include redis_models.clock
-- include redis_models.order
-- Set one of a user's preferences; the latest decision wins.
-- KEYS erased, preferences
-- ARGV at, acknowledged, name, value
-- Returns {'applied'|'duplicate', stored value}, or {'gone'} if the user was erased since
local erased_key, preferences_key = KEYS[1], KEYS[2]
local at, name, value = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(erased_key, at) then return { 'gone' } end
local had = redis.call('HMGET', preferences_key, name, name .. '_at')
if not order.replaces(at, value, had[2], had[1]) then return { 'duplicate', had[1] } end
redis.call('HSET', preferences_key, name, value, name .. '_at', string.format('%d', at))
return { 'applied', value }
