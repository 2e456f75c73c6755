-- Store a service key or its revocation. A revoked key stays revoked.
-- KEYS service_keys (hash, digest -> JSON)
-- ARGV at, acknowledged, digest, JSON
-- Returns {'applied'|'duplicate'}
local service_keys_key = KEYS[1]
local digest, encoded = ARGV[3], ARGV[4]
local had = redis.call('HGET', service_keys_key, digest)
if had and (had == encoded or cjson.decode(had).revoked_at ~= '') then return { 'duplicate' } end
if had and cjson.decode(encoded).revoked_at == '' then return { 'duplicate' } end
redis.call('HSET', service_keys_key, digest, encoded)
return { 'applied' }
