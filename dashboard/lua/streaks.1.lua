-- Read what a user's streaks are derived from.
-- KEYS mood_history, active_days, chat_days, preferences, profile
-- Returns {HGETALL of the profile, 'on' or 'off', active days, chat days, days with a mood, days with a mood that has a
--   note}; days are {name, "first last", ...} with times in ms, one name for each UTC day
local function listed(marks)
  local flat = {}
  for name, mark in pairs(marks) do
    table.insert(flat, name)
    table.insert(flat, mark)
  end
  return flat
end

local function mark(marks, ms)
  local name = string.format('%d', math.floor(ms / 86400000))
  local first = marks[name] and marks[name]:match('^%d+') or string.format('%d', ms)
  marks[name] = first .. string.format(' %d', ms)
end

local felt, noted = {}, {}
local entries = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #entries, 2 do
  local ms = tonumber(entries[i + 1])
  if entries[i]:find('"score":', 1, true) then mark(felt, ms) end
  if entries[i]:find('"note":%s*"[^"]') then mark(noted, ms) end
end
return { redis.call('HGETALL', KEYS[5]), redis.call('HGET', KEYS[4], 'streaks') or 'on', redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]), listed(felt), listed(noted) }
