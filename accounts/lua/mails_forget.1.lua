-- Remove the mails of a user that were asked for until an erasure.
-- KEYS waiting (zset of JSON)
-- ARGV at, acknowledged, user id
-- Returns {'applied'|'duplicate'}
local waiting_key = KEYS[1]
local at, id = tonumber(ARGV[1]), ARGV[3]
local is_changed = false
for _, mail in ipairs(redis.call('ZRANGE', waiting_key, 0, -1)) do
  local found = cjson.decode(mail)
  if found.user == id and found.at <= at then
    is_changed = redis.call('ZREM', waiting_key, mail) == 1 or is_changed
  end
end
return { is_changed and 'applied' or 'duplicate' }
