-- Read one conversation with its messages.
-- KEYS conversation, messages, message_ids and replies (not read here; a shadow needs them for the writes that wait)
-- Returns {HGETALL's reply, {message JSON, ...}}; the first is empty where there is no such conversation
return { redis.call('HGETALL', KEYS[1]), redis.call('LRANGE', KEYS[2], 0, -1) }
