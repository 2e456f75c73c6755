-- Read a user's credential.
-- KEYS credential
-- Returns the encoded password, or nil
return redis.call('HGET', KEYS[1], 'password')
