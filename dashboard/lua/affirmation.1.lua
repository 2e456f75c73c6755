-- include accounts.user
-- include redis_models.clock
-- Record that a user saw an affirmation; the earliest time of the same sentence on the same day wins.
-- KEYS erased, affirmations
-- ARGV at, acknowledged, the view as JSON
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased since
local erased_key, affirmations_key = KEYS[1], KEYS[2]
local at, view = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
local had = redis.call('ZSCORE', affirmations_key, view)
if had and tonumber(had) <= at then return { 'duplicate' } end
redis.call('ZADD', affirmations_key, at, view)
return { 'applied' }
