-- include accounts.sessions
-- Open a session.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id, digest of its first refresh token, name of the browser (none in rows of release 0.1.0)
-- Returns {'applied'|'duplicate'}, or {'gone'} if it has ended or is not among the user's 50 newest sessions
local erased_key, sessions_key = KEYS[1], KEYS[2]
local at, id, digest, browser = clock.clamp(ARGV[1]), ARGV[3], ARGV[4], ARGV[5]
if sessions.is_over(erased_key, sessions_key, id, at) then return { 'gone' } end
local had = redis.call('HEXISTS', sessions_key, id) == 1
if not had then sessions.put(sessions_key, id, at, 0, at, digest, '') end
if browser and browser ~= '' then sessions.note(sessions_key, 'browser', id, at, at, browser) end
sessions.prune(sessions_key)
if redis.call('HEXISTS', sessions_key, id) == 0 then return { 'gone' } end
return { had and 'duplicate' or 'applied' }
