-- include redis_models.order
-- include redis_models.clock
-- include accounts.user
-- Fragment: what registering does to a profile.
local registration = {}

-- Return the refusal {'gone'} for a user erased since, {'conflict', 'id'} where the id has another email, or nil.
function registration.refusal(erased_key, profile_key, at, email)
  if user.is_erased(erased_key, at) then return { 'gone' } end
  local had_email = redis.call('HGET', profile_key, 'email')
  if had_email and had_email ~= email then return { 'conflict', 'id' } end
end

-- Write the profile; `plan` is '' where the caller may not choose it. Return whether it is new, name, plan, joinedAt.
function registration.write(profile_key, at, id, email, name, plan)
  local had = redis.call('HMGET', profile_key, 'name', 'name_at', 'plan', 'plan_at', 'joinedAt')
  local had_name, name_at, had_plan, plan_at, joined_at = had[1], had[2], had[3], had[4], had[5]
  local iso = clock.iso(at)
  local is_first = not joined_at or iso < joined_at
  local fields = { 'id', id, 'email', email }
  local function set(field, value)
    table.insert(fields, field)
    table.insert(fields, value)
  end
  if not had_name or order.replaces(at, name, name_at or 0, had_name) then
    had_name = name
    set('name', name)
    set('name_at', string.format('%d', at))
  end
  -- A plan that was set on purpose stands, and so does one without any registration; otherwise the earliest registration's.
  if not plan_at and (not had_plan or (joined_at and is_first)) then
    had_plan = plan ~= '' and plan or 'free'
    set('plan', had_plan)
  end
  if is_first then
    joined_at = iso
    set('joinedAt', iso)
  end
  local is_new = redis.call('HSET', profile_key, unpack(fields)) > 0
  return is_new, had_name, had_plan, joined_at
end

-- Note that the profile's email is another user's; return the refusal.
function registration.without_claim(profile_key, email)
  redis.call('HSET', profile_key, 'email_conflict', email)
  return { 'conflict', 'email' }
end
