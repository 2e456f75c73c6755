-- Read one conversation without its messages.
-- KEYS conversation, summaries
-- ARGV conversation id
-- Returns {HGETALL of the conversation, its summary ('' for none)}; a shadow may have only the summary
local conversation_key, summaries_key = KEYS[1], KEYS[2]
local id = ARGV[1]
return { redis.call('HGETALL', conversation_key), redis.call('HGET', summaries_key, id) or '' }
