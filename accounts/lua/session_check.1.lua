-- include accounts.sessions
-- Tell whether a session is over.
-- KEYS erased, sessions
-- ARGV session id, created (ms)
-- Returns 1 or 0
return sessions.is_over(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])) and 1 or 0
