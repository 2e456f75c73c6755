-- include redis_models.clock
-- include accounts.claims
-- Claim an email on a cluster: the first of two writes, before accounts.register_profile.
-- KEYS claim (of the email), claimed_at, claimed_by (none in rows of release 0.1.0), claimants (none in earlier rows)
-- ARGV at, acknowledged, user id, id of an owner that has no profile with this email ('' for none), minimum age (ms) of
--   that owner's claim before it may be taken over, name of the request, origin (of earlier rows: the operator), '1' if the
--   user changes to this email
-- claimed_by names the request that found the email free, or took it, until another request repeats the claim.
-- Returns {'applied'|'duplicate'}, {'conflict', 'email', owner, 'old'|'young'} if the email belongs to another user, or
--   {'gone', 'superseded'} if an acknowledged claim has given way to that user's.
local claim_key, claimed_at_key, claimed_by_key, claimants_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local claim_keys = claims.keys(claim_key, claimed_at_key, claimants_key)
local at, acknowledged = clock.clamp(ARGV[1]), ARGV[2] == '1'
local id, without_profile, age, request = ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local origin, is_change = ARGV[7] or 'operator', ARGV[8] == '1'
local owner, held = claims.held(claim_keys)
local claimed_at = tonumber(redis.call('GET', claim_keys.claimed_at) or 0)
if owner and owner ~= id and not claims.gives_way(held, origin) then
  local is_old = at - claimed_at >= age
  if not (is_old and owner == without_profile) then
    if not acknowledged or not claims.gives_way(origin, held) then
      return { 'conflict', 'email', owner, is_old and 'old' or 'young' }
    end
    claims.note_lost(claim_keys, id)
    return { 'gone', 'superseded' }
  end
end
claims.take(claim_keys, at, id, origin, is_change)
if owner ~= id and claimed_by_key then
  redis.call('SET', claimed_by_key, request)
elseif claimed_by_key and redis.call('GET', claimed_by_key) ~= request then
  redis.call('DEL', claimed_by_key)
end
return { owner == id and 'duplicate' or 'applied' }
