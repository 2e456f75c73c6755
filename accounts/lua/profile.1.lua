-- Read a profile.
-- KEYS profile
-- Returns HGETALL's reply: {field, value, ...}, empty for an unknown user
local profile_key = KEYS[1]
return redis.call('HGETALL', profile_key)
