-- Read the data from which a user's streaks are derived.
-- KEYS mood_history, active_days, chat_days, preferences, profile
-- Returns {HGETALL of the profile, 'on' or 'off', active days, chat days, days with a mood, days with a mood that has a
--   note}; days are {name, "first last", ...} with times in ms, one name for each UTC day
local mood_history_key, active_days_key, chat_days_key, preferences_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local profile_key = KEYS[5]
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
local entries = redis.call('ZRANGE', mood_history_key, 0, -1, 'WITHSCORES')
for i = 1, #entries, 2 do
  local ms = tonumber(entries[i + 1])
  if entries[i]:find('"score":', 1, true) then mark(felt, ms) end
  if entries[i]:find('"note":%s*"[^"]') then mark(noted, ms) end
end
return { redis.call('HGETALL', profile_key), redis.call('HGET', preferences_key, 'streaks') or 'on',
  redis.call('HGETALL', active_days_key), redis.call('HGETALL', chat_days_key), listed(felt), listed(noted) }
