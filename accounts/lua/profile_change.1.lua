-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Change a user's name or time zone; the latest change of each stands.
-- KEYS erased, profile
-- ARGV at, acknowledged, name ('' to leave it), time zone ('' to leave it), and to change nothing that was changed since it was
--   seen: name, timeZone, email, plan and joinedAt as they were ('' where there was none)
-- Returns {'applied'|'duplicate', name, time zone} as they stand ('' where there is none), {'gone'}, or {'conflict'} where the
--   profile is another one than was seen; an acknowledged change is made all the same, and one that this very write made stands.
-- Each change of the zone is remembered as timeZone:{at}, since a day that is over keeps the zone it had; the newest 50 are.
local at, name, zone = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
if user.is_erased(KEYS[1], at) then return { 'gone' } end
local function is_as_seen()
  local now = redis.call('HMGET', KEYS[2], 'name', 'timeZone', 'email', 'plan', 'joinedAt')
  for i = 1, 5 do
    if (now[i] or '') ~= ARGV[4 + i] then return false end
  end
  return true
end
local function is_made(field, value, at_field)
  local had = redis.call('HMGET', KEYS[2], field, at_field)
  return value == '' or (had[1] == value and tonumber(had[2] or 0) == at)
end
if ARGV[5] and ARGV[2] ~= '1' and not is_as_seen() then
  if not (is_made('name', name, 'name_at') and is_made('timeZone', zone, 'timeZoneAt')) then return { 'conflict' } end
end
local is_changed = false
local function set(field, value, at_field)
  if value == '' then return end
  local had = redis.call('HMGET', KEYS[2], field, at_field)
  if had[1] and not order.replaces(at, value, had[2] or 0, had[1]) then return end
  redis.call('HSET', KEYS[2], field, value, at_field, string.format('%d', at))
  is_changed = true
end
local function remember(value)
  if value == '' then return end
  local field = 'timeZone:' .. string.format('%d', at)
  local had = redis.call('HGET', KEYS[2], field)
  if not had or order.replaces(at, value, at, had) then redis.call('HSET', KEYS[2], field, value) end
  local changes = {}
  for _, known in ipairs(redis.call('HKEYS', KEYS[2])) do
    local moment = known:match('^timeZone:(%d+)$')
    if moment then table.insert(changes, tonumber(moment)) end
  end
  table.sort(changes, function(a, b) return a > b end)
  for i = 51, #changes do redis.call('HDEL', KEYS[2], 'timeZone:' .. string.format('%d', changes[i])) end
end
set('name', name, 'name_at')
set('timeZone', zone, 'timeZoneAt')
remember(zone)
local now = redis.call('HMGET', KEYS[2], 'name', 'timeZone')
return { is_changed and 'applied' or 'duplicate', now[1] or '', now[2] or '' }
