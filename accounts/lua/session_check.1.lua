-- include accounts.sessions
-- Check whether a session has ended.
-- KEYS erased, sessions
-- ARGV session id, created (ms)
-- Returns 1 if it has, else 0
local erased_key, sessions_key = KEYS[1], KEYS[2]
local id, created = ARGV[1], tonumber(ARGV[2])
return sessions.is_over(erased_key, sessions_key, id, created) and 1 or 0
