-- include redis_models.clock
-- include accounts.claims
-- Release an email if it is the user's by a claim from before this release, or undo the claim of one request.
-- KEYS claim (of the email), claimed_at, claimed_by (see accounts.claim), claimants
-- ARGV at, acknowledged, user id, name of the request whose claim is undone ('' to release the email)
-- Returns {'applied'|'duplicate'}. A claim is undone only if its request found the email free, or took it, and no other
-- request has repeated the claim since. The email then goes back to the user it was taken from.
-- If the user has claimed the email again since, what was said of it before is forgotten.
local claim_key, claimed_at_key, claimed_by_key, claimants_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local claim_keys = claims.keys(claim_key, claimed_at_key, claimants_key)
local at, id, request = clock.clamp(ARGV[1]), ARGV[3], ARGV[4]
-- In rows of release 0.1.0 the time of a claim is its request's name.
local is_undone = request == '' or redis.call('GET', claimed_by_key or claim_keys.claimed_at) == request
local is_released = is_undone and claims.is_older(claim_keys, at, id)
local former = is_released and request ~= '' and claim_keys.claimants and claims.losers(claim_keys, id)[1]
if former then
  redis.call('SET', claim_keys.claim, former.id)
elseif is_released then
  redis.call('DEL', claim_keys.claim, claim_keys.claimed_at, claimed_by_key or claim_keys.claim)
end
if is_released or request == '' then claims.forget(claim_keys, id) end
if request == '' then claims.forget_until(claim_keys, at, id) end
return { is_released and 'applied' or 'duplicate' }
