-- Read a profile.
-- KEYS profile
-- Returns HGETALL's reply: {field, value, ...}, empty for an unknown user
return redis.call('HGETALL', KEYS[1])
