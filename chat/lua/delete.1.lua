-- include chat.conversations
-- Delete a conversation and set a tombstone, even if it is missing: a later save is refused as gone.
-- KEYS as in chat.conversations
-- ARGV at, acknowledged, conversation id
-- Returns {'applied'|'duplicate', bytes stored}, or {'gone'} if the user was erased since
local at, id = clock.clamp(ARGV[1]), ARGV[3]
if user.is_erased(erased_key, at) then return { 'gone' } end
local deleted_at = redis.call('ZSCORE', deleted_key, id)
redis.call('ZADD', deleted_key, math.min(at, tonumber(deleted_at or at)), id)
redis.call('ZREM', conversations_key, id)
summaries.drop(stats_key, summaries_key, id)
redis.call('UNLINK', conversation_key, messages_key, message_ids_key, replies_key)
stats.refresh(redis.call, stats_key, conversations_key, summaries_key, active_days_key)
return { deleted_at and 'duplicate' or 'applied', sizes.total(stats_key) }
