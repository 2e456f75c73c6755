-- Read a user's credential.
-- KEYS credential
-- Returns the encoded password, or nil
local credential_key = KEYS[1]
return redis.call('HGET', credential_key, 'password')
