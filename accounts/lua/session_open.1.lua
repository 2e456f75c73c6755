-- include accounts.sessions
-- Open a session.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id, digest of its first refresh token
-- Returns {'applied'|'duplicate'}, or {'gone'} where it is over or one of more than 50 newer ones
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if sessions.is_over(KEYS[1], KEYS[2], id, at) then return { 'gone' } end
local had = redis.call('HEXISTS', KEYS[2], id) == 1
if not had then sessions.put(KEYS[2], id, at, 0, at, ARGV[4], '') end
sessions.prune(KEYS[2])
if redis.call('HEXISTS', KEYS[2], id) == 0 then return { 'gone' } end
return { had and 'duplicate' or 'applied' }
