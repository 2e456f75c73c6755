-- include redis_models.revocations
-- Tell all hosts that something is revoked: the first step of the write that revokes it.
-- KEYS told (zset), until (hash)
-- ARGV at, acknowledged, name
-- Returns {'applied'|'duplicate'}
local told_key, until_key = KEYS[1], KEYS[2]
local at, name = clock.clamp(ARGV[1]), ARGV[3]
return { revocations.tell(told_key, until_key, name, at) and 'applied' or 'duplicate' }
