-- include accounts.sessions
-- Note that the user has proven in a session who they are.
-- KEYS erased, sessions
-- ARGV at, acknowledged, session id, created (ms)
-- Returns {'applied'|'duplicate'}, or {'gone'} if the session has ended
local erased_key, sessions_key = KEYS[1], KEYS[2]
local at, id, created = clock.clamp(ARGV[1]), ARGV[3], tonumber(ARGV[4])
if sessions.is_over(erased_key, sessions_key, id, created) then return { 'gone' } end
local is_new = sessions.note(sessions_key, 'confirmed', id, at, created)
sessions.prune(sessions_key)
return { is_new and 'applied' or 'duplicate' }
