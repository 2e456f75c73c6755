-- Read one mood entry, or, where its id is not known, the entries without an id, one of which it may name.
-- KEYS mood_history, moods
-- ARGV entry id
-- Returns {member, ms, ...}; empty for a deleted entry
local stands = redis.call('HGET', KEYS[2], ARGV[1])
if stands == '' then return {} end
if stands then
  local member = stands:match('^%d %d+ (.*)$')
  return { member, redis.call('ZSCORE', KEYS[1], member) }
end
local all, nameless = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES'), {}
for i = 1, #all, 2 do
  if not all[i]:find('"id":', 1, true) then
    table.insert(nameless, all[i])
    table.insert(nameless, all[i + 1])
  end
end
return nameless
