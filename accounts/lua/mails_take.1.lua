-- Take the mails that may be sent now, if it is the turn of this process; drop those that have waited for 24 hours.
-- KEYS waiting (zset of JSON by the time, ms, from which on it may be sent), turn (the process that sends mails)
-- ARGV at, acknowledged, name of the process, how many at most
-- Returns {'applied', mail (JSON), ...}. The turn lasts 60 s, and longer if the process takes mails again.
local waiting_key, turn_key = KEYS[1], KEYS[2]
local LIFE_MS, TURN_MS = 86400000, 60000
local CLOCKS_DIFFER_MS = 60000
local process, most = ARGV[3], tonumber(ARGV[4])
local now_ms = redis.call('TIME')[1] * 1000
redis.call('ZREMRANGEBYSCORE', waiting_key, '-inf', string.format('%d', now_ms - LIFE_MS))
if redis.call('ZCARD', waiting_key) == 0 then return { 'applied' } end
local holder = redis.call('GET', turn_key)
if holder and holder ~= process then return { 'applied' } end
redis.call('SET', turn_key, process, 'PX', TURN_MS)
local until_ms = string.format('%d', now_ms + CLOCKS_DIFFER_MS)
local reply = { 'applied' }
for _, mail in ipairs(redis.call('ZRANGEBYSCORE', waiting_key, '-inf', until_ms, 'LIMIT', 0, most)) do
  if cjson.decode(mail).at < now_ms - LIFE_MS then
    redis.call('ZREM', waiting_key, mail)
  else
    reply[#reply + 1] = mail
  end
end
return reply
