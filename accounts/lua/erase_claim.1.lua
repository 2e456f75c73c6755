-- include redis_models.clock
-- include accounts.claims
-- include accounts.erasure
-- include accounts.registrations
-- Release the email of a user who is being erased, unless a later registration or change has it (not on a cluster).
-- KEYS erased, profile, claim (of the email), claimed_at, claimants
-- ARGV at, acknowledged, user id, email
-- Returns {'applied'|'duplicate'}
local erased_key, profile_key = KEYS[1], KEYS[2]
local claim_key, claimed_at_key, claimants_key = KEYS[3], KEYS[4], KEYS[5]
local claim_keys = claims.keys(claim_key, claimed_at_key, claimants_key)
local at, id, email = tonumber(ARGV[1]), ARGV[3], ARGV[4]
local erased_at = erasure.begin(erased_key, at)
if registrations.is_later(profile_key, erased_at) and redis.call('HGET', profile_key, 'email') == email then
  claims.forget_until(claim_keys, erased_at, id)
  return { 'duplicate' }
end
local is_own = redis.call('GET', claim_keys.claim) == id
if is_own then redis.call('DEL', claim_keys.claim, claim_keys.claimed_at) end
claims.forget(claim_keys, id)
return { is_own and 'applied' or 'duplicate' }
