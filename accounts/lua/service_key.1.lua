-- include redis_models.order
-- Store a service key or its revocation. A revoked key stays revoked; of two revocations one wins in any order.
-- KEYS service_keys (hash, digest -> JSON)
-- ARGV at, acknowledged, the outcome of the step before if there is one, digest, JSON
-- Returns {'applied'|'duplicate'}
local service_keys_key = KEYS[1]
local digest, encoded = ARGV[#ARGV - 1], ARGV[#ARGV]
local function is_revoked(text) return cjson.decode(text).revoked_at ~= '' end
local had = redis.call('HGET', service_keys_key, digest)
local is_kept = had and (is_revoked(had) and not is_revoked(encoded)
  or is_revoked(had) == is_revoked(encoded) and not order.replaces(0, had, 0, encoded))
if is_kept then return { 'duplicate' } end
redis.call('HSET', service_keys_key, digest, encoded)
return { 'applied' }
