-- Read the progress of a reply.
-- KEYS conversation, messages, message_ids, replies
-- ARGV reply id, number of newest messages to search for it
-- Returns {1 if the conversation exists else 0, the message's JSON ('' if the reply is not one yet), field, value, ...}
local conversation_key, messages_key, message_ids_key, replies_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local reply, most, found = ARGV[1], ARGV[2], ''
if redis.call('HEXISTS', message_ids_key, reply) == 1 then
  for _, message in ipairs(redis.call('LRANGE', messages_key, -most, -1)) do
    if cjson.decode(message).id == reply then found = message end
  end
end
local answer = { redis.call('EXISTS', conversation_key), found }
local all = redis.call('HGETALL', replies_key)
for i = 1, #all, 2 do
  if all[i]:sub(1, #reply + 1) == reply .. ':' then
    table.insert(answer, all[i])
    table.insert(answer, all[i + 1])
  end
end
return answer
