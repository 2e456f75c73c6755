-- Read one mood entry; if its id is not stored, read the entries without an id, because the id may be derived from one.
-- KEYS mood_history, moods
-- ARGV entry id
-- Returns {member, ms, ...}; empty for a deleted entry
local mood_history_key, moods_key = KEYS[1], KEYS[2]
local id = ARGV[1]
local stands = redis.call('HGET', moods_key, id)
if stands and stands:match('^%d*$') then return {} end
if stands then
  local member = stands:match('^%d %d+ (.*)$')
  return { member, redis.call('ZSCORE', mood_history_key, member) }
end
local all, nameless = redis.call('ZRANGE', mood_history_key, 0, -1, 'WITHSCORES'), {}
for i = 1, #all, 2 do
  if not all[i]:find('"id":', 1, true) then
    table.insert(nameless, all[i])
    table.insert(nameless, all[i + 1])
  end
end
return nameless
