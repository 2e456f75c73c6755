-- Remove some conversations of a user who is being erased.
-- KEYS conversations (index), summaries, then the keys of those conversations
-- ARGV at, acknowledged, then the conversations' ids
-- Returns {'applied'}
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
for i = 3, #ARGV do
  redis.call('ZREM', KEYS[1], ARGV[i])
  redis.call('HDEL', KEYS[2], ARGV[i])
end
return { 'applied' }
