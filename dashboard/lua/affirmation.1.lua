-- include accounts.user
-- include redis_models.clock
-- Note that a user saw an affirmation; the earliest time of the same sentence on the same day stands.
-- KEYS erased, affirmations
-- ARGV at, acknowledged, the view as JSON
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, view = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local had = redis.call('ZSCORE', KEYS[2], view)
if had and tonumber(had) <= at then return { 'duplicate' } end
redis.call('ZADD', KEYS[2], at, view)
return { 'applied' }
