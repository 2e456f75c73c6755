-- Fragment: the days on which something happened, as facts from which a calendar of any time zone is derived.
-- Of each UTC day the first and the last time are kept: local midnight cuts a UTC day once at most, so that these two
-- say which local days were touched. They only move apart, so that marks may come in any order and again.
local days = {}

-- Mark the time `at` (ms). `call` is redis.call, or redis.pcall where a refusal shall not matter.
-- Returns whether anything changed.
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
