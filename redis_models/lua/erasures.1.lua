-- Confirm that a host has removed what was announced until a time, and tell it what was announced since.
-- KEYS erasures (zset), hosts (zset)
-- ARGV at, acknowledged, host ('' for one that keeps nothing on a disk), until (us; 0: nothing is confirmed)
-- Returns {'applied', now (us), `digest:erased at (ms)`, ...}; those of the last minute once more, for a server whose clock is
--   behind that of the one before it
local MARGIN_US = 60000000
local host, confirmed = ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local answer = { 'applied', string.format('%d', time[1] * 1000000 + time[2]) }
if host ~= '' and confirmed > tonumber(redis.call('ZSCORE', KEYS[2], host) or 0) then
  redis.call('ZADD', KEYS[2], confirmed, host)
end
for _, erased in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], confirmed - MARGIN_US, '+inf')) do table.insert(answer, erased) end
return answer
