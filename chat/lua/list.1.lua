-- Read the newest conversations' summaries.
-- KEYS conversations, summaries
-- ARGV how many at most
-- Returns {how many there are, summary JSON, ...} newest first by createdAt
local ids = redis.call('ZREVRANGE', KEYS[1], 0, ARGV[1] - 1)
local answer = { string.format('%d', redis.call('ZCARD', KEYS[1])) }
for _, id in ipairs(ids) do table.insert(answer, redis.call('HGET', KEYS[2], id)) end
return answer
