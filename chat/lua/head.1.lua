-- Read one conversation without its messages.
-- KEYS conversation, summaries
-- ARGV conversation id
-- Returns {HGETALL of the conversation, its summary ('' where there is none; a shadow may know that alone)}
return { redis.call('HGETALL', KEYS[1]), redis.call('HGET', KEYS[2], ARGV[1]) or '' }
