-- Remove some conversations of a user whose erasure has begun.
-- KEYS conversations (index), summaries, then the keys of those conversations
-- ARGV at, acknowledged, then the conversations' ids
-- Returns {'applied'}
local conversations_key, summaries_key = KEYS[1], KEYS[2]
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
for i = 3, #ARGV do
  redis.call('ZREM', conversations_key, ARGV[i])
  redis.call('HDEL', summaries_key, ARGV[i])
end
return { 'applied' }
