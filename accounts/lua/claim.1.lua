-- include redis_models.clock
-- include accounts.claims
-- Claim an email on a cluster: the first of two writes, before accounts.register_profile.
-- KEYS claim (of the email), claimed_at, claimed_by (none in rows of release 0.1.0)
-- ARGV at, acknowledged, user id, id of an owner that has no profile with this email ('' for none), minimum age (ms) of
--   that owner's claim before it may be taken over, name of the request
-- claimed_by names the request that found the email free, until another request repeats the claim.
-- Returns {'applied'|'duplicate'}, or {'conflict', 'email', owner, 'old'|'young'} if the email belongs to another user.
local claim_key, claimed_at_key, claimed_by_key = KEYS[1], KEYS[2], KEYS[3]
local at = clock.clamp(ARGV[1])
local id, without_profile, age, request = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local owner = redis.call('GET', claim_key)
local claimed_at = tonumber(redis.call('GET', claimed_at_key) or 0)
if owner and owner ~= id then
  local is_old = at - claimed_at >= age
  if not (is_old and owner == without_profile) then
    return { 'conflict', 'email', owner, is_old and 'old' or 'young' }
  end
end
claims.take(claim_key, claimed_at_key, at, id)
if owner ~= id and claimed_by_key then
  redis.call('SET', claimed_by_key, request)
elseif claimed_by_key and redis.call('GET', claimed_by_key) ~= request then
  redis.call('DEL', claimed_by_key)
end
return { owner == id and 'duplicate' or 'applied' }
