-- include accounts.sessions
-- End one session, or all that were created until now.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id ('' for all)
-- Returns {'applied'|'duplicate'}, {'gone'} for a user erased since
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local field = id == '' and 'ended' or 'ended:' .. id
local ended = tonumber(redis.call('HGET', KEYS[2], field) or 0)
redis.call('HSET', KEYS[2], field, string.format('%d', math.max(at, ended)))
if id ~= '' then redis.call('HDEL', KEYS[2], id) end
sessions.prune(KEYS[2])
return { ended > 0 and ended >= at and 'duplicate' or 'applied' }
