-- Fragment: the tombstone of an erased user: the time (ms) of the erasure, ending in `.0` once everything from before is
-- removed. A repetition that comes later then removes nothing, whatever the user imported since.
local erasure = {}
local LIFE_MS, REMOVED = 2592000000, '.0'

local function set(key, text)
  redis.call('SET', key, text, 'PX', LIFE_MS)
end

-- Set the tombstone; its time never moves back. Return its time, and whether everything from before it is removed.
function erasure.begin(erased_key, at)
  local had = redis.call('GET', erased_key)
  if had and tonumber(had) >= at then return tonumber(had), had:sub(-#REMOVED) == REMOVED end
  set(erased_key, string.format('%d', at))
  return at, false
end

-- Note that everything from before the tombstone is removed.
function erasure.finish(erased_key, erased_at)
  set(erased_key, string.format('%d', erased_at) .. REMOVED)
end
