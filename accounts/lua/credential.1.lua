-- Read a user's credential.
-- KEYS credential
-- Returns {encoded password, time (ms) at which it was set}, or {nil, nil}
local credential_key = KEYS[1]
return redis.call('HMGET', credential_key, 'password', 'password_at')
