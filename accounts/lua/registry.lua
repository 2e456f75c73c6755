-- include redis_models.clock
-- include redis_models.order
-- include accounts.user
-- Fragment: registering a user: the email's claim and the profile, both or neither.
local registry = {}

-- `at` is clamped, `acknowledged` a boolean, `plan` '' where the caller may not choose it.
-- Returns {'applied'|'duplicate', name, plan, joinedAt}, {'gone'} for a user erased since,
--   {'conflict', 'email'} where the email is another user's, {'conflict', 'id'} where the id has another email.
-- An acknowledged registration whose email is another user's by now keeps its profile, with email_conflict and without claim.
-- One from before the user changed the email (email_at) leaves email and claims as they are, and is a duplicate.
function registry.register(erased_key, profile_key, claim_key, at, acknowledged, id, email, name, plan)
  if user.is_erased(erased_key, at) then return { 'gone' } end
  local had = redis.call('HMGET', profile_key, 'email', 'name', 'name_at', 'plan', 'plan_at', 'joinedAt', 'email_at')
  local had_email, had_name, name_at, had_plan, plan_at, joined_at = had[1], had[2], had[3], had[4], had[5], had[6]
  local is_other = had_email and had_email ~= email
  local is_superseded = is_other and at <= tonumber(had[7] or 0)
  if is_other and not is_superseded then return { 'conflict', 'id' } end
  local owner = redis.call('GET', claim_key)
  local is_taken = owner and owner ~= id and not is_superseded
  if is_taken and not acknowledged then return { 'conflict', 'email' } end

  local iso = clock.iso(at)
  local is_first = not joined_at or iso < joined_at
  local fields = { 'id', id, 'email', is_superseded and had_email or email }
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
  if is_superseded then return { 'duplicate', had_name, had_plan, joined_at } end
  if is_taken then
    redis.call('HSET', profile_key, 'email_conflict', email)
    return { 'conflict', 'email' }
  end
  redis.call('SET', claim_key, id)
  redis.call('HDEL', profile_key, 'email_conflict')
  return { (is_new or not owner) and 'applied' or 'duplicate', had_name, had_plan, joined_at }
end
