-- Take one of a limit's permits, if one is left: GCRA, the generic cell rate algorithm, with the caller's time.
-- KEYS one string: the theoretical arrival time (ms)
-- ARGV now (ms), permits, period (ms): so many at once, and regained evenly over the period
-- Returns {1 or 0, permits left, ms until one more is there (0 where none is missing), ms until all are}
local now, permits, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local interval = period / permits
local before = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local after = before + interval
local is_allowed = after - now <= period + 0.001
if is_allowed then
  redis.call('SET', KEYS[1], string.format('%.3f', after), 'PX', math.ceil(after - now))
else
  after = before
end
local left = math.max(0, math.floor((period - (after - now)) / interval + 0.001))
local wait = left > 0 and 0 or math.max(1, math.ceil(after + interval - period - now))
return { is_allowed and 1 or 0, left, wait, math.ceil(after - now) }
