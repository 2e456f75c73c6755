-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Set a user's plan; the latest decision wins.
-- KEYS erased, profile
-- ARGV at, acknowledged, plan
-- Returns {'applied'|'duplicate', stored plan}, or {'gone'} if the user was erased since
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, plan = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
local had = redis.call('HMGET', profile_key, 'plan', 'plan_at')
if not order.replaces(at, plan, had[2], had[1]) then return { 'duplicate', had[1] } end
redis.call('HSET', profile_key, 'plan', plan, 'plan_at', string.format('%d', at))
return { 'applied', plan }
