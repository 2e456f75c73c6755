-- include redis_models.order
-- include redis_models.clock
-- include accounts.user
-- include accounts.registrations
-- include accounts.claims
-- Fragment: the registration of a user.
local registration = {}

-- Return the profile's email and email_at; nothing if the profile is from before an erasure that has not removed it yet.
local function stored_email(erased_key, profile_key)
  local erased_at = tonumber(redis.call('GET', erased_key) or 0)
  if erased_at > 0 and not registrations.is_later(profile_key, erased_at) then return nil, nil end
  return unpack(redis.call('HMGET', profile_key, 'email', 'email_at'))
end

-- Return three values. First the refusal: {'gone'} if the user was erased since, {'conflict', 'id'} if the id has another
-- email, or nil. Second whether a change of the email (email_at) supersedes the registration: it does if the registration
-- is older or acknowledged. Email and claims then stay as they are. Third the email that the profile is to have.
function registration.refusal(erased_key, profile_key, at, acknowledged, email)
  if user.is_erased(erased_key, at) then return { 'gone' } end
  local had, changed_at = stored_email(erased_key, profile_key)
  if not had or had == email then return nil, false, email end
  if changed_at and (acknowledged or at <= tonumber(changed_at)) then return nil, true, had end
  return { 'conflict', 'id' }
end

-- Write the profile; `plan` is '' if the caller may not choose it. Return whether it is new, and the stored name, plan and
-- joinedAt.
function registration.write(profile_key, at, id, email, name, plan)
  local had = redis.call('HMGET', profile_key, 'name', 'name_at', 'plan', 'plan_at', 'joinedAt', 'registrations',
    'email')
  local had_name, name_at, had_plan, plan_at, joined_at = had[1], had[2], had[3], had[4], had[5]
  local iso = clock.iso(at)
  local is_first = not joined_at or iso < joined_at
  local fields = { 'id', id, 'email', email }
  local function set(field, value)
    table.insert(fields, field)
    table.insert(fields, value)
  end
  if had[7] and had[7] ~= email then set('erased_email', had[7]) end -- its claim is released when the erasure is finished
  if not had_name or order.replaces(at, name, name_at or 0, had_name) then
    had_name = name
    set('name', name)
    set('name_at', string.format('%d', at))
  end
  -- A plan that was set explicitly stays, and so does one from before any registration. Otherwise the plan of the earliest
  -- registration wins; of two at the same time, the later one in the order of their plans.
  local other_plan = registrations.plan_at(had[6], at)
  local wins_tie = other_plan and iso == joined_at and order.replaces(at, plan, at, other_plan)
  if not plan_at and (not had_plan or (joined_at and (is_first or wins_tie))) then
    had_plan = plan ~= '' and plan or 'free'
    set('plan', had_plan)
  end
  if is_first then
    joined_at = iso
    set('joinedAt', iso)
  end
  local is_new = redis.call('HSET', profile_key, unpack(fields)) > 0
  redis.call('HSET', profile_key, 'registrations', registrations.with(had[6], at, plan))
  return is_new, had_name, had_plan, joined_at
end

-- Set email_conflict in the profile, because the email belongs to another user; return the refusal.
function registration.without_claim(profile_key, email)
  redis.call('HSET', profile_key, 'email_conflict', email)
  return { 'conflict', 'email' }
end

-- Return whether a registration with this reply has written the profile as it was asked to, at least the name.
function registration.is_done(reply)
  return reply[1] == 'applied' or reply[1] == 'duplicate' or reply[2] == 'superseded'
end

-- Return that an acknowledged claim has given way to another user's: the profile stays, and the row is done.
local function given_way(claim_keys, id)
  claims.note_lost(claim_keys, id)
  return { 'gone', 'superseded' }
end

-- Register on one server: write claim (`claim_keys`, see accounts.claims) and profile, or neither. Returns what
-- accounts.register returns.
function registration.whole(erased_key, profile_key, claim_keys, origin, at, acknowledged, id, email, name, plan)
  local refusal, is_superseded, its_email = registration.refusal(erased_key, profile_key, at, acknowledged, email)
  if refusal then return refusal end
  local owner, held = claims.held(claim_keys)
  local is_taken = owner and owner ~= id and not is_superseded and not claims.gives_way(held, origin)
  if is_taken and not acknowledged then return { 'conflict', 'email' } end

  local is_new, stands, plan_stands, joined_at = registration.write(profile_key, at, id, its_email, name, plan)
  if is_superseded then return { 'gone', 'superseded' } end
  if is_taken and claims.gives_way(origin, held) then return given_way(claim_keys, id) end
  if is_taken then return registration.without_claim(profile_key, email) end
  claims.take(claim_keys, at, id, origin)
  redis.call('HDEL', profile_key, 'email_conflict')
  return { (is_new or owner ~= id) and 'applied' or 'duplicate', stands, plan_stands, joined_at }
end

-- Register on a cluster, after accounts.claim with the outcome `claimed`. Returns what accounts.register_profile returns.
function registration.of_profile(erased_key, profile_key, at, acknowledged, claimed, id, email, name, plan)
  local refusal, is_superseded, its_email = registration.refusal(erased_key, profile_key, at, acknowledged, email)
  if refusal then return refusal end
  local is_new, stands, plan_stands, joined_at = registration.write(profile_key, at, id, its_email, name, plan)
  if is_superseded then return { 'gone', 'superseded' } end
  if claimed == 'gone' then return { 'gone', 'superseded' } end
  if claimed == 'conflict' then return registration.without_claim(profile_key, email) end
  redis.call('HDEL', profile_key, 'email_conflict')
  return { (is_new or claimed == 'applied') and 'applied' or 'duplicate', stands, plan_stands, joined_at }
end
