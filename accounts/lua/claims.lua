-- Fragment: claims on emails. A claim is the owner's id, the time of its latest repetition, and the owner's entry in a hash
-- of claimants: id -> 'since link provider operator', times (ms): since when the owner has changed to this email, and when
-- each origin last said that the email is the owner's (0: never). What was said before `since` does not count, so the
-- order of writes does not matter. An owner without an entry is of an older release, and counts as the operator's.
-- The entries of others are of those who lost the email; they are kept until they have another one.
-- A row of release 0.1.0 has no `claimants` on one server, and no `claimed_at`; such a claim counts as old.
local claims = {}
local ORIGINS, OF_OLDER_RELEASE, LOST_AT_MOST = { 'link', 'provider', 'operator' }, '0 0 0 1', 2

-- Name the keys of a claim.
function claims.keys(claim_key, claimed_at_key, claimants_key)
  return { claim = claim_key, claimed_at = claimed_at_key, claimants = claimants_key }
end

local function parsed(entry)
  local since, link, provider, operator = (entry or '0 0 0 0'):match('^(%d+) (%d+) (%d+) (%d+)$')
  return { since = tonumber(since), link = tonumber(link), provider = tonumber(provider), operator = tonumber(operator) }
end

local function entry_of(keys, id)
  return keys.claimants and redis.call('HGET', keys.claimants, id) or OF_OLDER_RELEASE
end

-- Return the owner's id and the origin of the claim, or nil if the email is free.
function claims.held(keys)
  local owner = redis.call('GET', keys.claim)
  if not owner then return nil, nil end
  local times = parsed(entry_of(keys, owner))
  for _, origin in ipairs(ORIGINS) do
    if times[origin] > 0 then return owner, origin end
  end
  return owner, 'none'
end

-- Return whether a claim of one origin gives way to another person's claim of another origin.
function claims.gives_way(held, wanted)
  return held == 'none' and wanted ~= 'none' or held == 'operator' and wanted == 'link'
end

-- Return the ids of those who lost the email, newest first.
function claims.losers(keys, owner)
  local all, found = redis.call('HGETALL', keys.claimants), {}
  for i = 1, #all, 2 do
    local times = parsed(all[i + 1])
    local newest = math.max(times.since, times.link, times.provider, times.operator)
    if all[i] ~= owner then table.insert(found, { id = all[i], at = newest }) end
  end
  table.sort(found, function(a, b) return a.at > b.at or (a.at == b.at and a.id > b.id) end)
  return found
end

local function encoded(times)
  return string.format('%d %d %d %d', times.since, times.link, times.provider, times.operator)
end

local function note(keys, at, id, origin, is_change, is_own)
  local times = parsed(redis.call('HGET', keys.claimants, id) or is_own and OF_OLDER_RELEASE)
  if is_change then times.since = math.max(times.since, at) end
  if times[origin] then times[origin] = math.max(times[origin], at) end
  for _, each in ipairs(ORIGINS) do
    if times[each] < times.since then times[each] = 0 end
  end
  redis.call('HSET', keys.claimants, id, encoded(times))
end

-- Claim the email for the user `id`, who may have it. The entries come first: an owner without one counts as proven.
function claims.take(keys, at, id, origin, is_change)
  local owner = redis.call('GET', keys.claim)
  if keys.claimants then
    note(keys, at, id, origin, is_change, owner == id)
    if owner and owner ~= id then redis.call('HSETNX', keys.claimants, owner, OF_OLDER_RELEASE) end
    local losers = claims.losers(keys, id)
    for i = LOST_AT_MOST + 1, #losers do redis.call('HDEL', keys.claimants, losers[i].id) end
  end
  redis.call('SET', keys.claim, id)
  if not keys.claimed_at then return end
  local claimed_at = owner == id and tonumber(redis.call('GET', keys.claimed_at) or 0) or 0
  redis.call('SET', keys.claimed_at, string.format('%d', math.max(at, claimed_at)))
end

-- Note an acknowledged claim that has given way to the one that is stored.
function claims.note_lost(keys, id)
  redis.call('HSETNX', keys.claimants, id, '0 0 0 0')
end

-- Return whether the email is the user's by a claim that was not made or repeated after `at` (ms).
function claims.is_older(keys, at, id)
  if redis.call('GET', keys.claim) ~= id then return false end
  return not keys.claimed_at or tonumber(redis.call('GET', keys.claimed_at) or 0) <= at
end

-- Forget what was said until `at` (ms), when the user had the email no more, who has claimed it again since.
function claims.forget_until(keys, at, id)
  local entry = keys.claimants and redis.call('HGET', keys.claimants, id)
  if not entry then return end
  local times = parsed(entry)
  for name, time in pairs(times) do
    if time <= at then times[name] = 0 end
  end
  redis.call('HSET', keys.claimants, id, encoded(times))
end

-- Forget that the user, who has another email or none, had this one; the claim itself is removed before.
function claims.forget(keys, id)
  if keys.claimants and redis.call('GET', keys.claim) ~= id then redis.call('HDEL', keys.claimants, id) end
end
