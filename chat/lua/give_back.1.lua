-- include accounts.user
-- include redis_models.clock
-- include chat.usage
-- Undo the counting of a message that got no reply; counting it later changes nothing.
-- KEYS erased, usage
-- ARGV at, acknowledged, message id, day (its number)
-- Returns {'applied'|'duplicate'}, or {'gone'} if the user was erased since
local erased_key, usage_key = KEYS[1], KEYS[2]
local at, id, day = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4])
if user.is_erased(erased_key, at) then return { 'gone' } end
local had = redis.call('ZSCORE', usage_key, id)
if had and tonumber(had) < 0 then return { 'duplicate' } end
return { usage.put(usage_key, id, -day) and 'applied' or 'duplicate' }
