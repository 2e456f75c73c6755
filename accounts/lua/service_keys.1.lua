-- Read all service keys.
-- KEYS service keys (hash)
-- Returns HGETALL's reply: {digest, JSON, ...}
return redis.call('HGETALL', KEYS[1])
