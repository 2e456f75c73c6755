-- Confirm that a host has processed all announcements up to a time; return the announcements since.
-- KEYS erasures (zset), hosts (zset)
-- ARGV at, acknowledged, host ('' for one without a disk), confirmed (us; 0 for none)
-- Returns {'applied', now (us), `digest:erased at (ms)`, ...}. The announcements of the minute before `confirmed` are
--   included again, because the clock of a new server may be behind that of the previous one.
local erasures_key, hosts_key = KEYS[1], KEYS[2]
local MARGIN_US = 60000000
local host, confirmed = ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local answer = { 'applied', string.format('%d', time[1] * 1000000 + time[2]) }
if host ~= '' and confirmed > tonumber(redis.call('ZSCORE', hosts_key, host) or 0) then
  redis.call('ZADD', hosts_key, confirmed, host)
end
for _, erased in ipairs(redis.call('ZRANGEBYSCORE', erasures_key, confirmed - MARGIN_US, '+inf')) do
  table.insert(answer, erased)
end
return answer
