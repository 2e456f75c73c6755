-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Change a user's name or time zone; the latest change of each wins.
-- KEYS erased, profile
-- ARGV at, acknowledged, name ('' to leave it), time zone ('' to leave it), then, if the profile must be unchanged since
--   the caller read it: its name, timeZone, email, plan and joinedAt ('' for none)
-- Returns {'applied'|'duplicate', stored name, stored time zone} ('' for none), {'gone'} if the user was erased since, or
--   {'conflict'} if the profile has changed. An acknowledged change and a repeated one never conflict.
-- The newest 50 changes of the zone are kept as timeZone:{at}, because past days keep the zone they had.
local erased_key, profile_key = KEYS[1], KEYS[2]
local at, acknowledged = clock.clamp(ARGV[1]), ARGV[2] == '1'
local name, zone, is_conditional = ARGV[3], ARGV[4], ARGV[5] ~= nil
if user.is_erased(erased_key, at) then return { 'gone' } end
local function is_as_seen()
  local now = redis.call('HMGET', profile_key, 'name', 'timeZone', 'email', 'plan', 'joinedAt')
  for i = 1, 5 do
    if (now[i] or '') ~= ARGV[4 + i] then return false end
  end
  return true
end
local function is_made(field, value, at_field)
  local had = redis.call('HMGET', profile_key, field, at_field)
  return value == '' or (had[1] == value and tonumber(had[2] or 0) == at)
end
if is_conditional and not acknowledged and not is_as_seen() then
  if not (is_made('name', name, 'name_at') and is_made('timeZone', zone, 'timeZoneAt')) then return { 'conflict' } end
end
local is_changed = false
local function set(field, value, at_field)
  if value == '' then return end
  local had = redis.call('HMGET', profile_key, field, at_field)
  if had[1] and not order.replaces(at, value, had[2] or 0, had[1]) then return end
  redis.call('HSET', profile_key, field, value, at_field, string.format('%d', at))
  is_changed = true
end
local function remember(value)
  if value == '' then return end
  local field = 'timeZone:' .. string.format('%d', at)
  local had = redis.call('HGET', profile_key, field)
  if not had or order.replaces(at, value, at, had) then redis.call('HSET', profile_key, field, value) end
  local changes = {}
  for _, known in ipairs(redis.call('HKEYS', profile_key)) do
    local moment = known:match('^timeZone:(%d+)$')
    if moment then table.insert(changes, tonumber(moment)) end
  end
  table.sort(changes, function(a, b) return a > b end)
  for i = 51, #changes do redis.call('HDEL', profile_key, 'timeZone:' .. string.format('%d', changes[i])) end
end
set('name', name, 'name_at')
set('timeZone', zone, 'timeZoneAt')
remember(zone)
local now = redis.call('HMGET', profile_key, 'name', 'timeZone')
return { is_changed and 'applied' or 'duplicate', now[1] or '', now[2] or '' }
