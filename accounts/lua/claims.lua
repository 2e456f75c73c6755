-- Fragment: claims on emails. A claim is the owner's id, and the time of its latest repetition.
-- A journal's row of release 0.1.0 has no `claimed_at_key` on one server; the claim then counts as old.
local claims = {}

-- Claim the email for the user `id`, who may have it.
function claims.take(claim_key, claimed_at_key, at, id)
  local is_own = redis.call('GET', claim_key) == id
  redis.call('SET', claim_key, id)
  if not claimed_at_key then return end
  local claimed_at = is_own and tonumber(redis.call('GET', claimed_at_key) or 0) or 0
  redis.call('SET', claimed_at_key, string.format('%d', math.max(at, claimed_at)))
end

-- Return whether the email is the user's by a claim that was not made or repeated after `at` (ms).
function claims.is_older(claim_key, claimed_at_key, at, id)
  if redis.call('GET', claim_key) ~= id then return false end
  return not claimed_at_key or tonumber(redis.call('GET', claimed_at_key) or 0) <= at
end
