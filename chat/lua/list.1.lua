-- Read the newest conversations' summaries.
-- KEYS conversations, summaries
-- ARGV the maximum number
-- Returns {total number, summary JSON, ...} newest first by createdAt
local conversations_key, summaries_key = KEYS[1], KEYS[2]
local most = ARGV[1]
local ids = redis.call('ZREVRANGE', conversations_key, 0, most - 1)
local answer = { string.format('%d', redis.call('ZCARD', conversations_key)) }
for _, id in ipairs(ids) do table.insert(answer, redis.call('HGET', summaries_key, id)) end
return answer
