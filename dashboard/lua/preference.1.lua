-- include accounts.user
-- include redis_models.clock
-- include redis_models.order
-- Set one of a user's preferences; the latest decision stands.
-- KEYS erased, preferences
-- ARGV at, acknowledged, name, value
-- Returns {'applied'|'duplicate', value that stands} or {'gone'}
local at, name, value = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local had = redis.call('HMGET', KEYS[2], name, name .. '_at')
if not order.replaces(at, value, had[2], had[1]) then return { 'duplicate', had[1] } end
redis.call('HSET', KEYS[2], name, value, name .. '_at', string.format('%d', at))
return { 'applied', value }
