-- Read how far a reply is.
-- KEYS conversation, messages, message_ids, replies
-- ARGV reply id, how many of the newest messages may be looked through for it
-- Returns {1 where the conversation is there, else 0, the message's JSON ('' where it is none yet), field, value, ...}
local reply, found = ARGV[1], ''
if redis.call('HEXISTS', KEYS[3], reply) == 1 then
  for _, message in ipairs(redis.call('LRANGE', KEYS[2], -ARGV[2], -1)) do
    if cjson.decode(message).id == reply then found = message end
  end
end
local answer = { redis.call('EXISTS', KEYS[1]), found }
local all = redis.call('HGETALL', KEYS[4])
for i = 1, #all, 2 do
  if all[i]:sub(1, #reply + 1) == reply .. ':' then
    table.insert(answer, all[i])
    table.insert(answer, all[i + 1])
  end
end
return answer
