-- Fragment: days with activity, from which the active days in any time zone can be derived.
-- The first and the last time of each UTC day are kept. A UTC day contains at most one local midnight, so these two times
-- determine which local days were active. They only move apart, so marks may come in any order and more than once.
local days = {}

-- Mark the time `at` (ms); return whether anything changed. `call` is redis.call, or redis.pcall to ignore a refusal.
function days.mark(call, key, at)
  local date = clock.iso(at):sub(1, 10)
  local had = redis.call('HGET', key, date)
  local first, last = at, at
  if had then
    local had_first, had_last = had:match('^(%d+) (%d+)$')
    first, last = math.min(at, tonumber(had_first)), math.max(at, tonumber(had_last))
  end
  local fresh = string.format('%d %d', first, last)
  if fresh == had then return false end
  call('HSET', key, date, fresh)
  return true
end
