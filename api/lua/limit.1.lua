-- Take one permit of a limit, if one is left. Source: GCRA, the generic cell rate algorithm, with the caller's time.
-- KEYS arrival (string: the theoretical arrival time, ms)
-- ARGV now (ms), permits, period (ms): at most so many permits at once; they come back evenly over the period
-- Returns {1 if a permit was taken else 0, permits left, ms until the next request is allowed (0 if one is now),
--   ms until all permits are back}
local arrival_key = KEYS[1]
local now, permits, period = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local interval = period / permits
local before = math.max(now, tonumber(redis.call('GET', arrival_key) or 0))
local after = before + interval
local is_allowed = after - now <= period + 0.5 -- half a millisecond, for what rounding adds
if is_allowed then
  redis.call('SET', arrival_key, string.format('%.3f', after), 'PX', math.ceil(after - now))
else
  after = before
end
local left = math.max(0, math.floor((period - (after - now)) / interval + 0.001))
local wait = left > 0 and 0 or math.max(1, math.ceil(after + interval - period - now))
return { is_allowed and 1 or 0, left, wait, math.ceil(after - now) }
