-- include redis_models.clock
-- include accounts.registrations
-- Fragment: remove what is older than an erasure from a user's account; what was made later stays.
local erased_account = {}

local function of_hash(key)
  local all, found = redis.call('HGETALL', key), {}
  for i = 1, #all, 2 do found[all[i]] = all[i + 1] end
  return found
end

-- Make the hash hold exactly the fields of `kept`.
local function leave(key, had, kept)
  for field in pairs(had) do
    if kept[field] == nil then redis.call('HDEL', key, field) end
  end
  for field, value in pairs(kept) do
    if had[field] ~= value then redis.call('HSET', key, field, value) end
  end
end

-- Keep the fields that were set later, and those of later registrations, as if there had been no earlier ones.
function erased_account.profile(key, erased_at)
  local had, kept = of_hash(key), {}
  if not had.registrations and registrations.is_later(key, erased_at) then return end
  local function is_later(time_field) return tonumber(had[time_field] or 0) > erased_at end
  local function keep(...)
    for _, field in ipairs({ ... }) do kept[field] = had[field] end
  end
  local later = registrations.after(had.registrations, erased_at)
  if #later > 0 then
    local first = later[#later]
    keep('id', 'email', 'email_conflict')
    kept.registrations, kept.joinedAt = registrations.encoded(later), clock.iso(first.at)
    kept.plan = first.plan ~= '' and first.plan or 'free'
  end
  if is_later('name_at') then keep('name', 'name_at') end
  if is_later('email_at') then keep('email', 'email_at') end
  if is_later('email_wanted_at') then keep('email_wanted', 'email_wanted_at') end
  if is_later('plan_at') then keep('plan', 'plan_at') end
  if is_later('timeZoneAt') then keep('timeZone', 'timeZoneAt') end
  for field in pairs(had) do
    local changed_at = field:match('^timeZone:(%d+)$')
    if changed_at and tonumber(changed_at) > erased_at then keep(field) end
  end
  leave(key, had, kept)
end

-- Remove the hash unless the time in its field `time_field` is later.
function erased_account.dated(key, erased_at, time_field)
  if tonumber(redis.call('HGET', key, time_field) or 0) <= erased_at then redis.call('UNLINK', key) end
end

-- Remove fields whose value begins with its time: sessions, ends of sessions, uses of links, and imports.
function erased_account.timed(key, erased_at)
  for field, text in pairs(of_hash(key)) do
    if tonumber(text:match('^%d+') or 0) <= erased_at then redis.call('HDEL', key, field) end
  end
end

-- Remove preferences; the time of `name` is in `name_at`.
function erased_account.preferences(key, erased_at)
  local had, kept = of_hash(key), {}
  for field, text in pairs(had) do
    local name = field:match('^(.*)_at$')
    if name and had[name] and tonumber(text) > erased_at then kept[name], kept[field] = had[name], text end
  end
  leave(key, had, kept)
end

-- Remove answers to requests, with their times.
function erased_account.requests(key, times_key, erased_at)
  redis.call('ZREMRANGEBYSCORE', times_key, '-inf', erased_at)
  for field in pairs(of_hash(key)) do
    if not redis.call('ZSCORE', times_key, field:match('^[^:]*')) then redis.call('HDEL', key, field) end
  end
end
