-- include accounts.user
-- include redis_models.clock
-- include chat.usage
-- Give a message back that got no reply; counting it later changes nothing.
-- KEYS erased, usage
-- ARGV at, acknowledged, message id, day (its number)
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, id, day = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4])
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local had = redis.call('ZSCORE', KEYS[2], id)
if had and tonumber(had) < 0 then return { 'duplicate' } end
return { usage.put(KEYS[2], id, -day) and 'applied' or 'duplicate' }
