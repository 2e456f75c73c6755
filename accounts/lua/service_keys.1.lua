-- Read all service keys.
-- KEYS service_keys (hash)
-- Returns HGETALL's reply: {digest, JSON, ...}
local service_keys_key = KEYS[1]
return redis.call('HGETALL', service_keys_key)
