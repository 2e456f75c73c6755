-- Confirm that a host has processed all announcements up to a time; return the announcements since.
-- KEYS erasures (zset), hosts (zset)
-- ARGV at, acknowledged, host ('' for one without a disk), confirmed (us; 0 for none), then the announcements that the
--   host has processed, at least those that the last reply returned
-- Returns {'applied', now (us), `digest:erased at (ms)`, ...}. Only what this server has stored of the host's
--   confirmations counts: the host may have confirmed the later ones to a server that was replaced. The announcements of
--   the minute before are included again, because the clock of a new server may be behind that of the previous one.
--   The time is not stored if the host has not processed one of the announcements up to it.
local erasures_key, hosts_key = KEYS[1], KEYS[2]
local MARGIN_US = 60000000
local host, confirmed = ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local answer = { 'applied', string.format('%d', time[1] * 1000000 + time[2]) }
local is_processed = {}
for i = 5, #ARGV do is_processed[ARGV[i]] = true end

local stored = host ~= '' and tonumber(redis.call('ZSCORE', hosts_key, host) or 0) or confirmed
local since = math.min(stored, confirmed)
local is_complete = true
local found = redis.call('ZRANGEBYSCORE', erasures_key, since - MARGIN_US, '+inf', 'WITHSCORES')
for i = 1, #found, 2 do
  table.insert(answer, found[i])
  if tonumber(found[i + 1]) <= confirmed and not is_processed[found[i]] then is_complete = false end
end
if is_complete and confirmed > stored then redis.call('ZADD', hosts_key, confirmed, host) end
return answer
