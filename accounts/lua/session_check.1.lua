-- include accounts.sessions
-- Tell whether a session is over.
-- KEYS erased, sessions
-- ARGV session id, created (ms)
-- Returns 1 if it is, else 0
local erased_key, sessions_key = KEYS[1], KEYS[2]
local id, created = ARGV[1], tonumber(ARGV[2])
return sessions.is_over(erased_key, sessions_key, id, created) and 1 or 0
