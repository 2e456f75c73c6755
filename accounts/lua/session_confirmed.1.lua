-- Read when the user last proved in a session who they are.
-- KEYS sessions
-- ARGV session id
-- Returns the time (ms), or '0' if they have not
local sessions_key = KEYS[1]
local id = ARGV[1]
return (redis.call('HGET', sessions_key, 'confirmed:' .. id) or '0 0'):match('^%d+ (%d+)')
