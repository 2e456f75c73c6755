-- Take the unfinished erasures that no host has gone on with for 60 s; they are this host's for the next 60 s.
-- KEYS unfinished (hash)
-- ARGV at, acknowledged, how many at most
-- Returns {'applied', the token's digest, the erasure (JSON), ...}
local unfinished_key = KEYS[1]
local TURN_MS = 60000
local most = tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = { 'applied' }
local all = redis.call('HGETALL', unfinished_key)
for i = 1, #all, 2 do
  local until_ms, erasure = all[i + 1]:match('^(%d+) (.*)$')
  if tonumber(until_ms) <= now and #answer < 2 * most then
    redis.call('HSET', unfinished_key, all[i], string.format('%d ', now + TURN_MS) .. erasure)
    table.insert(answer, all[i])
    table.insert(answer, erasure)
  end
end
return answer
