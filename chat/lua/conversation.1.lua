-- Read one conversation with its messages.
-- KEYS conversation, messages, message_ids, replies (the last two are not read; a shadow needs them for pending writes)
-- Returns {HGETALL's reply, {message JSON, ...}}; the first is empty if there is no such conversation
local conversation_key, messages_key = KEYS[1], KEYS[2]
return { redis.call('HGETALL', conversation_key), redis.call('LRANGE', messages_key, 0, -1) }
