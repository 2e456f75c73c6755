-- Keep a service key, or that it was revoked: a revoked one stays revoked.
-- KEYS service keys (hash, digest -> JSON)
-- ARGV at, acknowledged, digest, JSON
-- Returns {'applied'|'duplicate'}
local had = redis.call('HGET', KEYS[1], ARGV[3])
if had and (had == ARGV[4] or cjson.decode(had).revoked_at ~= '') then return { 'duplicate' } end
if had and cjson.decode(ARGV[4]).revoked_at == '' then return { 'duplicate' } end
redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
return { 'applied' }
