-- include accounts.sessions
-- End one session, or all that were created up to now.
-- KEYS erased, sessions
-- ARGV at, acknowledged, the outcome of the step before (none in rows of release 0.1.0), session id ('' for all)
-- Returns {'applied'|'duplicate'}, {'gone'} if the user was erased since
local erased_key, sessions_key = KEYS[1], KEYS[2]
local at, id = clock.clamp(ARGV[1]), ARGV[#ARGV]
if user.is_erased(erased_key, at) then return { 'gone' } end
local field = id == '' and 'ended' or 'ended:' .. id
local ended = tonumber(redis.call('HGET', sessions_key, field) or 0)
redis.call('HSET', sessions_key, field, string.format('%d', math.max(at, ended)))
if id ~= '' then redis.call('HDEL', sessions_key, id) end
sessions.prune(sessions_key)
return { ended > 0 and ended >= at and 'duplicate' or 'applied' }
