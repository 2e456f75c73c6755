-- include chat.conversations
-- Delete a conversation and leave a tombstone, also where there was none: a save that comes later finds it gone.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id
-- Returns {'applied'|'duplicate'} or {'gone'}
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local deleted_at = redis.call('ZSCORE', KEYS[6], id)
redis.call('ZADD', KEYS[6], math.min(at, tonumber(deleted_at or at)), id)
redis.call('ZREM', KEYS[3], id)
redis.call('HDEL', KEYS[4], id)
redis.call('UNLINK', KEYS[7], KEYS[8], KEYS[9], KEYS[10])
stats.refresh(redis.call, KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return { deleted_at and 'duplicate' or 'applied' }
